import { describe, expect, it } from 'vitest'
import { principalMapping } from '../../src/network/principal-mapping.ts'

describe('ssl.principal.mapping.rules', () => {
  it.each([
    ['', 'CN=a', 'CN=a'],
    ['DEFAULT', 'CN=a,O=b', 'CN=a,O=b'],
    ['RULE:^CN=(.*?),OU=Service.*$/$1/', 'CN=Kafka,OU=ServiceUsers', 'Kafka'],
    ['RULE:^CN=(.*?),OU=(.*?)$/$1@$2/L , DEFAULT', 'CN=Duke,OU=Java', 'duke@java'],
    ['RULE:^x$/y/,RULE:CN=(\\w+)/$1/U,DEFAULT', 'CN=duke', 'DUKE'],
    ['RULE:^x$/y/,DEFAULT', 'CN=duke', 'CN=duke'],
    ['RULE:CN=(a\\/b)/$1\\/\\$/', 'CN=a/b', 'a/b/$'],
  ])('%s makes of %s %s', (rules, name, user) => {
    expect(principalMapping(rules)(name)).toBe(user)
  })

  it('lets nobody in to whom no rule applies', () => {
    expect(() => principalMapping('RULE:^CN=a$/a/')('CN=b')).toThrow('No rules apply to CN=b, rules RULE:^CN=a$/a/')
  })

  it.each(['DEFAULTS', 'RULE:a/b', 'RULE:(/b/', 'RULE:a/b/x', 'DEFAULT;DEFAULT'])('refuses %s', (rules) => {
    expect(() => principalMapping(rules)).toThrow(/^Invalid value .* for configuration ssl\.principal\.mapping\.rules/)
  })
})
