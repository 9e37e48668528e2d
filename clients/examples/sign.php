<?php
// PHP 8, with the curl extension or allow_url_fopen; this one needs neither Composer nor curl.
function sign(string $secret, string $method, string $path, string $timestamp, string $nonce, string $body): string
{
    $text = implode("\n", [$method, $path, $timestamp, $nonce, hash('sha256', $body)]);
    return hash_hmac('sha256', $text, $secret);
}

function call(string $method, string $path, string $body = ''): array
{
    $timestamp = (string) time();
    $nonce = bin2hex(random_bytes(16));
    $headers = [
        'Content-Type: application/json',
        'X-Api-Key: ' . getenv('KAMENG_KEY'),
        'X-Timestamp: ' . $timestamp,
        'X-Nonce: ' . $nonce,
        'X-Signature: ' . sign(getenv('KAMENG_SECRET'), $method, $path, $timestamp, $nonce, $body),
    ];
    $context = stream_context_create(['http' => [
        'method' => $method,
        'header' => implode("\r\n", $headers),
        'content' => $body,
        'timeout' => 30,
        'ignore_errors' => true,
    ]]);
    $answer = file_get_contents(getenv('KAMENG_URL') . $path, false, $context);
    return [(int) explode(' ', $http_response_header[0])[1], $answer];
}

if ($argv[1] === 'sign') { // sign SECRET METHOD PATH TIMESTAMP NONCE BODY
    echo sign(...array_slice($argv, 2)), "\n";
} else { // call METHOD PATH [BODY]
    [$status, $answer] = call($argv[2], $argv[3], $argv[4] ?? '');
    echo $status, "\n", $answer, "\n";
}
