import { describe, expect, it } from 'vitest'
import { parseProperties, parsePropertiesFile } from '../../src/config/properties.ts'

describe('parseProperties', () => {
  it('reads what java.util.Properties reads', () => {
    const text = [
      '# comment',
      '  ! another',
      'a=1',
      'b : 2 ',
      'c   3',
      'd',
      'e\\ f\\=g = h\\',
      '    i\\tj',
      '\\u0041B = \\u00e9\\n',
      'a=4',
      'path=C:\\\\temp',
      'url = jdbc:x=y',
      'last=\\',
    ].join('\r\n')
    expect(parseProperties(text)).toEqual({
      a: '4',
      b: '2 ',
      c: '3',
      d: '',
      'e f=g': 'hi\tj',
      AB: 'é\n',
      path: 'C:\\temp',
      url: 'jdbc:x=y',
      last: '',
    })
  })

  it('refuses a broken escape', () => {
    expect(() => parseProperties('a=\\u12')).toThrow('Malformed \\uxxxx encoding.')
  })

  it('takes bytes as ISO 8859-1', () => {
    expect(parsePropertiesFile(Buffer.from([0x61, 0x3d, 0xe9]))).toEqual({ a: 'é' })
  })
})
