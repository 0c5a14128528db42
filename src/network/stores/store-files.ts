import type { StoreConfig } from '../../config/client-security.ts'
import { ConfigError } from '../../config/define.ts'
import type { Disk, TlsStores } from '../../runtime/index.ts'
import { isJks, type JksStore, readJks, unlockKey } from './jks.ts'
import { isOldPkcs12, readPkcs12 } from './pkcs12.ts'

/** The certificates (PEM) of those who vouch for the other end; undefined when nothing names any. Throws `ConfigError`. */
export function trustedCertificates(config: StoreConfig, disk: Disk): string | undefined {
  const inline = config['ssl.truststore.certificates']
  if (inline !== null) return certificatesIn('ssl.truststore.certificates', inLines(inline))
  const path = config['ssl.truststore.location']
  if (path === null) return undefined
  const store = readStore('truststore', path, disk)
  if ('pem' in store) return certificatesIn(path, store.pem)
  const password = config['ssl.truststore.password'] ?? undefined
  return certificatesIn(
    path,
    inPem(
      'CERTIFICATE',
      opened('truststore', path, () => trustedIn(store, password)),
    ),
  )
}

/** The own certificate and key; undefined when nothing names any. Throws `ConfigError`. */
export function ownCertificate(config: StoreConfig, disk: Disk): TlsStores['own'] {
  const [key, chain] = [config['ssl.keystore.key'], config['ssl.keystore.certificate.chain']]
  if (key !== null && chain !== null)
    return { certificates: certificatesIn('ssl.keystore.certificate.chain', inLines(chain)), key: inLines(key) }
  if (key !== null || chain !== null)
    throw new ConfigError('ssl.keystore.key and ssl.keystore.certificate.chain go together.')
  const path = config['ssl.keystore.location']
  if (path === null) return undefined
  const store = readStore('keystore', path, disk)
  if ('pkcs12' in store) return isOldPkcs12(store.pkcs12) ? ownInOld(store.pkcs12, path, config) : store
  if ('jks' in store) return ownIn(store.jks, path, config)
  const own = /-----BEGIN ([A-Z ]*PRIVATE KEY)-----[\s\S]*?-----END \1-----/.exec(store.pem)?.[0]
  if (own === undefined) throw new ConfigError(`There is no private key in ${path}.`)
  return { certificates: certificatesIn(path, store.pem), key: own }
}

type Kind = 'truststore' | 'keystore'
type Binary = { readonly pkcs12: Buffer } | { readonly jks: Buffer }

/** What a store's file holds is told by its bytes: Java's default type is JKS, and it reads PKCS12 under that name too. */
function readStore(kind: Kind, path: string, disk: Disk): Binary | { readonly pem: string } {
  const bytes = disk.readFile(path)
  if (!bytes) throw new ConfigError(`ssl.${kind}.location: there is no file ${path}.`)
  if (isJks(bytes)) return { jks: bytes }
  const text = bytes.toString('latin1')
  if (text.includes('-----BEGIN ')) return { pem: text }
  if (bytes[0] === 0x30) return { pkcs12: bytes }
  throw new ConfigError(`ssl.${kind}.location: ${path} is neither PEM nor PKCS12 nor JKS.`)
}

function opened<T>(kind: Kind, path: string, open: () => T): T {
  try {
    return open()
  } catch (error) {
    const why = `ssl.${kind}.password is missing or another one, or the file is damaged`
    throw new ConfigError(`ssl.${kind}.location: ${path} cannot be opened: ${why}.`, { cause: error })
  }
}

function trustedIn(store: Binary, password: string | undefined): readonly Buffer[] {
  if ('pkcs12' in store) return readPkcs12(store.pkcs12, password ?? '').certificates
  const { trusted, keys } = readJks(store.jks, password)
  // Whoever holds a key in a truststore is trusted, as Java does.
  return [...trusted, ...keys.flatMap(({ chain }) => chain.slice(0, 1))]
}

function ownInOld(bytes: Buffer, path: string, config: StoreConfig): TlsStores['own'] {
  const password = config['ssl.keystore.password'] ?? ''
  const { keys, certificates } = opened('keystore', path, () => readPkcs12(bytes, password))
  const [key] = keys
  if (!key) throw new ConfigError(`There is no private key in ${path}.`)
  return { certificates: inPem('CERTIFICATE', certificates), key: inPem('PRIVATE KEY', [key]) }
}

function ownIn(bytes: Buffer, path: string, config: StoreConfig): TlsStores['own'] {
  const [ofStore, ofKey] = [config['ssl.keystore.password'] ?? undefined, config['ssl.key.password'] ?? undefined]
  const { keys }: JksStore = opened('keystore', path, () => readJks(bytes, ofStore))
  const [entry] = keys
  if (!entry) throw new ConfigError(`There is no private key in ${path}.`)
  const password = ofKey ?? ofStore
  if (password === undefined) throw new ConfigError(`The key in ${path} needs ssl.keystore.password.`)
  try {
    const key = inPem('PRIVATE KEY', [unlockKey(entry.locked, password)])
    return { certificates: inPem('CERTIFICATE', entry.chain), key }
  } catch (error) {
    throw new ConfigError(
      `The key ${entry.alias} in ${path} has another password than ${ofKey === undefined ? 'ssl.keystore.password: set ssl.key.password' : 'ssl.key.password'}.`,
      { cause: error },
    )
  }
}

const inPem = (kind: string, ders: readonly Buffer[]): string =>
  ders.map((der) => `-----BEGIN ${kind}-----\n${lined(der.toString('base64'))}\n-----END ${kind}-----\n`).join('')

/** Inline certificates may have spaces where their lines end, for a properties file has no lines in a value. */
const inLines = (pem: string): string =>
  pem.replace(
    /-----BEGIN ([A-Z0-9 ]+)-----([\s\S]*?)-----END \1-----/g,
    (_, kind: string, body: string) => `-----BEGIN ${kind}-----\n${lined(body)}\n-----END ${kind}-----\n`,
  )

/** Base64 in lines, after the headers of an old encrypted key, which have lines already. */
const lined = (body: string): string =>
  body.includes(':') ? body.trim() : (body.replace(/\s+/g, '').match(/.{1,64}/g) ?? []).join('\n')

function certificatesIn(where: string, pem: string): string {
  const found = (pem.match(/-----BEGIN CERTIFICATE-----[\s\S]*?-----END CERTIFICATE-----/g) ?? []).join('\n')
  if (found === '') throw new ConfigError(`There is no certificate in ${where}.`)
  return found
}
