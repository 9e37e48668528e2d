// The signing bench: signs in the browser while one types, and sends reads from here, so that the
// secret doesn't leave the page. Without script, or without crypto.subtle (plain http), the form is
// sent to the server, which answers the same.
const form = document.querySelector("[data-signing]");
const subtle = globalThis.crypto?.subtle;
const encoder = new TextEncoder();
const hex = (buffer) => [...new Uint8Array(buffer)].map((b) => b.toString(16).padStart(2, "0")).join("");
const part = (name) => document.querySelector(`[data-signing-${name}]`);

async function signed() {
  const value = (name) => form.elements[name].value;
  const body = value("body").replaceAll("\r\n", "\n");
  const timestamp = value("timestamp") || String(Math.floor(Date.now() / 1000));
  const nonce = value("nonce") || hex(crypto.getRandomValues(new Uint8Array(16)).buffer);
  const digest = hex(await subtle.digest("SHA-256", encoder.encode(body)));
  const canonical = [value("method"), value("path"), timestamp, nonce, digest].join("\n");
  const algorithm = { name: "HMAC", hash: "SHA-256" };
  const key = await subtle.importKey("raw", encoder.encode(value("secret")), algorithm, false, ["sign"]);
  const signature = hex(await subtle.sign("HMAC", key, encoder.encode(canonical)));
  const headers = {
    "X-Api-Key": value("key_id"),
    "X-Timestamp": timestamp,
    "X-Nonce": nonce,
    "X-Signature": signature,
  };
  return { digest, canonical, signature, headers };
}

async function show() {
  if (!form.elements.secret.value) return null;
  const made = await signed();
  part("digest").textContent = made.digest;
  part("canonical").textContent = made.canonical;
  part("signature").textContent = made.signature;
  part("headers").textContent = Object.entries(made.headers).map((pair) => pair.join(": ")).join("\n");
  part("result").hidden = false;
  part("hint")?.remove();
  return made;
}

async function send() {
  const made = await show();
  if (!made) return;
  let status, text;
  try {
    const answer = await fetch(form.elements.path.value, { headers: made.headers, credentials: "omit" });
    status = `${answer.status} ${answer.statusText}`;
    text = await answer.text();
    text = JSON.stringify(JSON.parse(text), null, 2);
  } catch (problem) {
    status ??= String(problem);
    text ??= "";
  }
  part("status").textContent = status;
  part("body").textContent = text.slice(0, 20000);
  part("answer").hidden = false;
}

if (form && subtle) {
  let typed;
  form.addEventListener("input", () => {
    clearTimeout(typed);
    typed = setTimeout(show, 150);
  });
  form.addEventListener(
    "submit",
    (event) => {
      const { method, path, given, given_string: text } = form.elements;
      const isCompared = given.value.trim() || text.value.trim();
      // Comparing is the server's, and so is saying what is wrong with a field.
      if (isCompared || !form.checkValidity()) return;
      const isSent = event.submitter?.hasAttribute("data-signing-send");
      if (isSent && (method.value !== "GET" || !path.value.startsWith("/api/v1/"))) return;
      event.preventDefault();
      event.stopImmediatePropagation();
      (isSent ? send : show)();
    },
    true, // before the script that locks a sent form
  );
}
