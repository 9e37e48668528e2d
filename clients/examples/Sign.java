// Java 17 or newer, nothing else.
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.time.Duration;
import java.time.Instant;
import java.util.HexFormat;
import java.util.UUID;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

public class Sign {
    static String sign(String secret, String method, String path, String timestamp, String nonce, byte[] body)
            throws Exception {
        String digest = HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(body));
        String text = String.join("\n", method, path, timestamp, nonce, digest);
        Mac mac = Mac.getInstance("HmacSHA256");
        mac.init(new SecretKeySpec(secret.getBytes(StandardCharsets.UTF_8), "HmacSHA256"));
        return HexFormat.of().formatHex(mac.doFinal(text.getBytes(StandardCharsets.UTF_8)));
    }

    static void call(String method, String path, String bodyText) throws Exception {
        byte[] body = bodyText.getBytes(StandardCharsets.UTF_8);
        String timestamp = Long.toString(Instant.now().getEpochSecond());
        String nonce = UUID.randomUUID().toString().replace("-", "");
        String secret = System.getenv("KAMENG_SECRET");
        HttpRequest request = HttpRequest.newBuilder(URI.create(System.getenv("KAMENG_URL") + path))
                .timeout(Duration.ofSeconds(30))
                .method(method, body.length == 0 ? BodyPublishers.noBody() : BodyPublishers.ofByteArray(body))
                .header("Content-Type", "application/json")
                .header("X-Api-Key", System.getenv("KAMENG_KEY"))
                .header("X-Timestamp", timestamp)
                .header("X-Nonce", nonce)
                .header("X-Signature", sign(secret, method, path, timestamp, nonce, body))
                .build();
        var answer = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build()
                .send(request, BodyHandlers.ofString(StandardCharsets.UTF_8));
        System.out.println(answer.statusCode());
        System.out.println(answer.body());
    }

    public static void main(String[] args) throws Exception {
        if (args[0].equals("sign")) { // sign SECRET METHOD PATH TIMESTAMP NONCE BODY
            byte[] body = args[6].getBytes(StandardCharsets.UTF_8);
            System.out.println(sign(args[1], args[2], args[3], args[4], args[5], body));
        } else { // call METHOD PATH [BODY]
            call(args[1], args[2], args.length > 3 ? args[3] : "");
        }
    }
}
