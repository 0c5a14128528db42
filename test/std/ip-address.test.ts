import { describe, expect, it } from 'vitest'
import { addressBytes, addressText } from '../../src/std/ip-address.ts'

describe('the bytes of an address', () => {
  it.each([
    ['127.0.0.1', '7f000001'],
    ['::ffff:10.0.0.255', '0a0000ff'],
    ['::1', '00000000000000000000000000000001'],
    ['::', '00000000000000000000000000000000'],
    ['fe80::a%eth0', 'fe80000000000000000000000000000a'],
    ['2001:db8:1:2:3:4:5:6', '20010db8000100020003000400050006'],
    ['64:ff9b::192.0.2.33', '0064ff9b0000000000000000c0000221'],
  ])('of %s are %s', (address, hex) => {
    expect(addressBytes(address).toString('hex')).toBe(hex)
  })

  it.each(['1.2.3.256', 'a.b.c.d', '1:2:3', '1:2:3:4:5:6:7:8:9', 'g::1'])('are not there for %s', (text) => {
    expect(() => addressBytes(text)).toThrow(`${text} is no address`)
  })

  it.each(['127.0.0.1', '::1', '::', '2001:db8::5:6', 'fe80::a'])('of %s give it back', (address) => {
    expect(addressText(addressBytes(address))).toBe(address)
  })
})
