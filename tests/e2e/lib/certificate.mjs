// A CA and a server certificate for 127.0.0.1, made by openssl for one test.
import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);

/** {tls: {key, cert}, caFile, remove()} */
export async function makeCertificate(names = "DNS:localhost,IP:127.0.0.1") {
  const folder = await mkdtemp(join(tmpdir(), "countersign-ca-"));
  const at = (name) => join(folder, name);
  const openssl = (...args) => run("openssl", args, { cwd: folder });
  await openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", at("ca.key"),
                "-out", at("ca.pem"), "-days", "2", "-subj", "/CN=test CA");
  await openssl("req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", at("server.key"),
                "-out", at("server.csr"), "-subj", "/CN=fake slack");
  await writeFile(at("server.ext"), `subjectAltName=${names}\n`);
  await openssl("x509", "-req", "-in", at("server.csr"), "-CA", at("ca.pem"), "-CAkey", at("ca.key"), "-CAcreateserial",
                "-days", "2", "-extfile", at("server.ext"), "-out", at("server.pem"));
  return { tls: { key: await readFile(at("server.key")), cert: await readFile(at("server.pem")) }, caFile: at("ca.pem"),
           remove: () => rm(folder, { recursive: true, force: true }) };
}

/** The same with a certificate for each of these senders' names: adds server: {key, cert} as paths, ca, and senders: [{key, cert, keyText, certText}]. */
export async function makeSenders(names) {
  const made = await makeCertificate();
  const folder = dirname(made.caFile);
  const at = (name) => join(folder, name);
  const senders = [];
  for (const [i, name] of names.entries()) {
    const openssl = (...args) => run("openssl", args, { cwd: folder });
    await openssl("req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", at(`${i}.key`),
                  "-out", at(`${i}.csr`), "-subj", `/CN=${name}`);
    await writeFile(at(`${i}.ext`), `subjectAltName=DNS:${name}\n`);
    await openssl("x509", "-req", "-in", at(`${i}.csr`), "-CA", at("ca.pem"), "-CAkey", at("ca.key"), "-CAcreateserial",
                  "-days", "2", "-extfile", at(`${i}.ext`), "-out", at(`${i}.pem`));
    senders.push({ key: at(`${i}.key`), cert: at(`${i}.pem`), keyText: await readFile(at(`${i}.key`)), certText: await readFile(at(`${i}.pem`)) });
  }
  return { ...made, server: { key: at("server.key"), cert: at("server.pem") }, ca: await readFile(made.caFile), senders };
}
