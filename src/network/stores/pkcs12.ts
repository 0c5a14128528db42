import { createRequire } from 'node:module'

/** What of node-forge is used here; a value of ASN.1 is whatever it takes for one. */
interface Forge {
  readonly asn1: { fromDer(bytes: string): unknown; toDer(value: unknown): { getBytes(): string } }
  readonly pki: {
    readonly oids: Readonly<Record<string, string>>
    certificateToAsn1(certificate: unknown): unknown
    privateKeyToAsn1(key: unknown): unknown
    wrapRsaPrivateKey(key: unknown): unknown
  }
  readonly pkcs12: {
    pkcs12FromAsn1(value: unknown, strict: boolean, password: string): { readonly safeContents: readonly Contents[] }
  }
}
interface Contents {
  readonly safeBags: readonly Bag[]
}
/** What it could not read, as it cannot read elliptic curves, it leaves as ASN.1. */
interface Bag {
  readonly type: string
  readonly cert?: unknown
  readonly key?: unknown
  readonly asn1?: unknown
}

export interface Pkcs12Store {
  /** Private keys (PKCS8, DER). */
  readonly keys: readonly Buffer[]
  /** Certificates (DER). */
  readonly certificates: readonly Buffer[]
}

/** How Java before 16 locks certificates: 40 bits of RC2 (1.2.840.113549.1.12.1.6), which OpenSSL no longer opens. */
const RC2 = Buffer.from('2a864886f70d010c0106', 'hex')

/** Whether the file is for `readPkcs12`, as a keystore: all others are OpenSSL's. */
export const isOldPkcs12 = (bytes: Buffer): boolean => bytes.includes(RC2)

/** Reads a store, with or without a private key. Throws when it is damaged, or the password another. */
export function readPkcs12(bytes: Buffer, password: string): Pkcs12Store {
  const { asn1, pki, pkcs12 } = createRequire(import.meta.url)('node-forge') as Forge
  const { safeContents } = pkcs12.pkcs12FromAsn1(asn1.fromDer(bytes.toString('latin1')), false, password)
  const bags = safeContents.flatMap(({ safeBags }) => safeBags)
  const der = (value: unknown): Buffer => Buffer.from(asn1.toDer(value).getBytes(), 'latin1')
  const of = (...kinds: string[]) => bags.filter(({ type }) => kinds.some((kind) => type === pki.oids[kind]))
  return {
    keys: of('keyBag', 'pkcs8ShroudedKeyBag').map(({ key, asn1: raw }) =>
      der(key ? pki.wrapRsaPrivateKey(pki.privateKeyToAsn1(key)) : raw),
    ),
    certificates: of('certBag').map(({ cert, asn1: raw }) => der(cert ? pki.certificateToAsn1(cert) : raw)),
  }
}
