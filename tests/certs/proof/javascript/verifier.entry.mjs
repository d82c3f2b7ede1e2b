// Checks certificates and status lists with the OpenWallet Foundation's libraries alone: none of our code.
// Standard input: {"cases": [{token, list, jwks}, ...]}; standard output: one answer for each.
import { createHash, createPublicKey, verify } from "node:crypto";
import { getListFromStatusListJWT } from "@sd-jwt/jwt-status-list";
import { SDJwtVcInstance } from "@sd-jwt/sd-jwt-vc";

const hasher = (data, alg) => {
  if (alg !== "sha-256" && alg !== "SHA-256") throw new Error(`hash ${alg}`);
  return new Uint8Array(createHash("sha256").update(data).digest());
};

const verifierOf = (jwks) => (data, signature) =>
  jwks.keys.some((jwk) => {
    const key = { key: createPublicKey({ key: jwk, format: "jwk" }), dsaEncoding: "ieee-p1363" };
    return verify("sha256", Buffer.from(data), key, Buffer.from(signature, "base64url"));
  });

const check = async ({ token, list, jwks }) => {
  const verifier = verifierOf(jwks);
  const fetched = [];
  let status = null;
  const instance = new SDJwtVcInstance({
    hasher,
    hashAlg: "sha-256",
    verifier,
    statusListFetcher: async (uri) => (fetched.push(uri), list),
    statusValidator: async (value) => { status = value; },
  });
  try {
    const { payload, header } = await instance.verify(token);
    const read = getListFromStatusListJWT(list);
    return {
      ok: true, payload, header, status, fetched,
      claims: await instance.getClaims(token), bits: read.getBitsPerStatus(), places: read.statusList.length,
    };
  } catch (error) {
    return { ok: false, error: String(error.message ?? error) };
  }
};

let text = "";
for await (const part of process.stdin.setEncoding("utf8")) text += part;
const { cases } = JSON.parse(text);
process.stdout.write(JSON.stringify(await Promise.all(cases.map(check))));
