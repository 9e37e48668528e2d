// Go 1.19 or newer, nothing else.
package main

import (
	"bytes"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"os"
	"strconv"
	"strings"
	"time"
)

func sign(secret, method, path, timestamp, nonce string, body []byte) string {
	digest := sha256.Sum256(body)
	text := strings.Join([]string{method, path, timestamp, nonce, hex.EncodeToString(digest[:])}, "\n")
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte(text))
	return hex.EncodeToString(mac.Sum(nil))
}

func call(method, path string, body []byte) (int, string, error) {
	random := make([]byte, 16)
	if _, err := rand.Read(random); err != nil {
		return 0, "", err
	}
	nonce, timestamp := hex.EncodeToString(random), strconv.FormatInt(time.Now().Unix(), 10)
	request, err := http.NewRequest(method, os.Getenv("KAMENG_URL")+path, bytes.NewReader(body))
	if err != nil {
		return 0, "", err
	}
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("X-Api-Key", os.Getenv("KAMENG_KEY"))
	request.Header.Set("X-Timestamp", timestamp)
	request.Header.Set("X-Nonce", nonce)
	request.Header.Set("X-Signature", sign(os.Getenv("KAMENG_SECRET"), method, path, timestamp, nonce, body))
	client := http.Client{Timeout: 30 * time.Second}
	answer, err := client.Do(request)
	if err != nil {
		return 0, "", err
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	return answer.StatusCode, string(text), err
}

func main() {
	args := os.Args[1:]
	if args[0] == "sign" { // sign SECRET METHOD PATH TIMESTAMP NONCE BODY
		fmt.Println(sign(args[1], args[2], args[3], args[4], args[5], []byte(args[6])))
		return
	}
	status, text, err := call(args[1], args[2], []byte(strings.Join(args[3:], ""))) // call METHOD PATH [BODY]
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	fmt.Printf("%d\n%s\n", status, text)
}
