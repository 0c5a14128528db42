import { createHmac } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { saltedPassword, scramKeys } from '../../src/network/sasl/scram.ts'

/** The dialog that RFC 7677 has as its example, section 3. */
const password = 'pencil'
const salt = 'W22ZaJ0SNY7soEsUEjb6gQ=='
const nonces = 'rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0'
const dialog = `n=user,r=rOprNGfwEbeRWgbNEkqO,r=${nonces},s=${salt},i=4096,c=biws,r=${nonces}`
const serverSignature = '6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4='

describe('SCRAM', () => {
  it('makes the keys that sign the dialog of the RFC', async () => {
    const salted = await saltedPassword('SCRAM-SHA-256', password, Buffer.from(salt, 'base64'), 4096)
    const { serverKey, storedKey } = await scramKeys('SCRAM-SHA-256', salted)
    expect(createHmac('sha256', serverKey).update(dialog).digest('base64')).toBe(serverSignature)
    expect(storedKey).toHaveLength(32)
  })

  it('fills the width of the hash', async () => {
    expect(await saltedPassword('SCRAM-SHA-512', password, Buffer.alloc(16), 4096)).toHaveLength(64)
  })
})
