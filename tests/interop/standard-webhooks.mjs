// Verifies one request by the library of the specification: the secret, the headers and the body come by the environment.
import { Webhook } from "standardwebhooks";

const { SECRET, ID, TIMESTAMP, SIGNATURE, BODY } = process.env;
const headers = { "webhook-id": ID, "webhook-timestamp": TIMESTAMP, "webhook-signature": SIGNATURE };
const payload = new Webhook(SECRET).verify(BODY, headers);
let refused = false;
try {
  new Webhook(SECRET).verify(BODY + " ", headers);
} catch {
  refused = true;
}
console.log(JSON.stringify({ type: payload.type, refused }));
