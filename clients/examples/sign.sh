#!/bin/sh
# curl and openssl.
set -eu

sign() { # SECRET METHOD PATH TIMESTAMP NONCE BODY
  digest=$(printf '%s' "$6" | openssl dgst -sha256 -r | cut -d' ' -f1)
  printf '%s\n%s\n%s\n%s\n%s' "$2" "$3" "$4" "$5" "$digest" |
    openssl dgst -sha256 -hmac "$1" -r | cut -d' ' -f1
}

call() { # METHOD PATH BODY
  timestamp=$(date +%s)
  nonce=$(openssl rand -hex 16)
  signature=$(sign "$KAMENG_SECRET" "$1" "$2" "$timestamp" "$nonce" "$3")
  answer=$(mktemp)
  [ "$1" = GET ] || set -- "$@" --data-binary "$3"
  method=$1 path=$2
  shift 3
  curl --silent --max-time 30 --output "$answer" --write-out '%{http_code}\n' \
    --request "$method" "$@" \
    --header 'Content-Type: application/json' \
    --header "X-Api-Key: $KAMENG_KEY" \
    --header "X-Timestamp: $timestamp" \
    --header "X-Nonce: $nonce" \
    --header "X-Signature: $signature" \
    "$KAMENG_URL$path"
  cat "$answer"
  rm -f "$answer"
}

case "$1" in
  sign) sign "$2" "$3" "$4" "$5" "$6" "$7" ;;
  call) call "$2" "$3" "${4:-}" ;;
esac
