import { createHmac, pbkdf2Sync } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { ScramExchange } from '../../src/network/sasl/scram-client.ts'

/** The dialog that RFC 7677 has as its example, section 3. */
const clientNonce = 'rOprNGfwEbeRWgbNEkqO'
const serverNonce = `${clientNonce}%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0`
const serverFirst = `r=${serverNonce},s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096`
const random = { int: () => 0, bytes: () => Buffer.from(clientNonce, 'base64') }
const user = { mechanism: 'SCRAM-SHA-256', username: 'user', password: 'pencil', isToken: false } as const

const begun = () => {
  const exchange = new ScramExchange('SCRAM-SHA-256', user, random)
  expect(exchange.first().toString()).toBe(`n,,n=user,r=${clientNonce}`)
  return exchange
}

describe('a client of SCRAM', () => {
  it('holds the dialog of the RFC', async () => {
    const exchange = begun()
    expect((await exchange.next(Buffer.from(serverFirst)))?.toString()).toBe(
      `c=biws,r=${serverNonce},p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=`,
    )
    expect(await exchange.next(Buffer.from('v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4='))).toBeUndefined()
  })

  it('does not believe a server that cannot sign', async () => {
    for (const final of ['v=7rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=', 'v=', 'hello']) {
      const exchange = begun()
      await exchange.next(Buffer.from(serverFirst))
      await expect(exchange.next(Buffer.from(final))).rejects.toThrow('its signature is wrong')
    }
  })

  it('tells what a server complains of', async () => {
    const exchange = begun()
    await exchange.next(Buffer.from(serverFirst))
    await expect(exchange.next(Buffer.from('e=invalid-proof'))).rejects.toThrow('invalid-proof')
  })

  it.each([
    [serverFirst.replace(clientNonce, 'another'), /nonce/],
    [serverFirst.replace(serverNonce, clientNonce), /nonce/],
    [serverFirst.replace('i=4096', 'i=1'), /1 iterations/],
    [serverFirst.replace('i=4096', 'i=many'), /not one of SCRAM/],
    ['', /not one of SCRAM/],
  ])('refuses %s', async (first, why) => {
    await expect(begun().next(Buffer.from(first))).rejects.toThrow(why)
  })

  it('writes = and , in names, says that a token is one, and proves it with the wider hash too', async () => {
    const token = { ...user, mechanism: 'SCRAM-SHA-512', username: 'a=b,c', isToken: true } as const
    const exchange = new ScramExchange('SCRAM-SHA-512', token, random)
    const bare = `n=a=3Db=2Cc,r=${clientNonce},tokenauth=true`
    expect(exchange.first().toString()).toBe(`n,,${bare}`)
    await exchange.next(Buffer.from(serverFirst))
    const salted = pbkdf2Sync('pencil', Buffer.from('W22ZaJ0SNY7soEsUEjb6gQ==', 'base64'), 4096, 64, 'sha512')
    const hmac = (key: Buffer, text: string) => createHmac('sha512', key).update(text).digest()
    const signature = hmac(hmac(salted, 'Server Key'), `${bare},${serverFirst},c=biws,r=${serverNonce}`)
    expect(await exchange.next(Buffer.from(`v=${signature.toString('base64')}`))).toBeUndefined()
  })
})
