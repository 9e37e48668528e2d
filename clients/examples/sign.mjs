// Node.js 18 or newer, nothing else.
import { createHash, createHmac, randomBytes } from "node:crypto";

function sign(secret, method, path, timestamp, nonce, body) {
  const digest = createHash("sha256").update(body).digest("hex");
  const text = [method, path, timestamp, nonce, digest].join("\n");
  return createHmac("sha256", secret).update(text).digest("hex");
}

async function call(method, path, body = "") {
  const timestamp = String(Math.floor(Date.now() / 1000));
  const nonce = randomBytes(16).toString("hex");
  const answer = await fetch(process.env.KAMENG_URL + path, {
    method,
    body: body || undefined,
    signal: AbortSignal.timeout(30_000),
    headers: {
      "Content-Type": "application/json",
      "X-Api-Key": process.env.KAMENG_KEY,
      "X-Timestamp": timestamp,
      "X-Nonce": nonce,
      "X-Signature": sign(process.env.KAMENG_SECRET, method, path, timestamp, nonce, body),
    },
  });
  return [answer.status, await answer.text()];
}

const [command, ...args] = process.argv.slice(2);
if (command === "sign") {
  console.log(sign(...args)); // sign SECRET METHOD PATH TIMESTAMP NONCE BODY
} else {
  console.log((await call(...args)).join("\n")); // call METHOD PATH [BODY]
}
