import { beforeEach, describe, expect, it } from 'vitest'
import { BrokerConfig } from '../../src/config/broker.ts'
import { adminConfig } from '../../src/config/client.ts'
import { withProviders } from '../../src/config/config-providers.ts'
import { memoryRuntime } from '../support/memory-runtime.ts'

const PACKAGE = 'org.apache.kafka.common.config.provider.'
const FOLDER = '/c/secrets'
const FILE = `${FOLDER}/a.properties`
const environment = { CP_ONE: 'eins', CP_TWO: 'zwei$1' }
const fromFile = { 'config.providers': 'file', 'config.providers.file.class': `${PACKAGE}FileConfigProvider` }
const fromDir = { 'config.providers': 'dir', 'config.providers.dir.class': `${PACKAGE}DirectoryConfigProvider` }
const fromEnv = { 'config.providers': 'env', 'config.providers.env.class': `${PACKAGE}EnvVarConfigProvider` }
const allowed = (paths: string) => ({ ...fromFile, 'config.providers.file.param.allowed.paths': paths })

/** `@{` stands for the beginning of a variable where a string has no other. */
const dollars = (text: string) => text.replaceAll('@{', '${')

let disk: ReturnType<typeof memoryRuntime>['disk']
beforeEach(() => {
  ;({ disk } = memoryRuntime())
  for (const folder of ['/c', FOLDER, `${FOLDER}/sub`]) disk.mkdir(folder)
  disk.writeFile(FILE, 'db.password=s3cret\\u0041\nempty=\nspace = a b \numl=ä\n')
  disk.writeFile(`${FOLDER}/key1`, 'filevalue\n')
  disk.writeFile(`${FOLDER}/key2`, 'x')
})

/** What Java's AbstractConfig of 4.3.1 made of the same properties, files and variables. */
const golden: [string, Record<string, string>, string, string][] = [
  ['one', fromFile, `\${file:${FILE}:db.password}`, 's3cretA'],
  ['several', fromFile, `a\${file:${FILE}:db.password}b\${file:${FILE}:space}c\${file:${FILE}:uml}`, 'as3cretAba b cä'],
  ['a key that is missing', fromFile, `\${file:${FILE}:nope}-\${file:${FILE}:empty}`, `\${file:${FILE}:nope}-`],
  ['no path', fromFile, '@{file:nope}', '@{file:nope}'],
  ['another provider', fromFile, `x\${vault:p:nope}y\${file:${FILE}:db.password}`, 'x@{vault:p:nope}ys3cretA'],
  ['no provider', {}, `\${file:${FILE}:db.password}`, `\${file:${FILE}:db.password}`],
  ['no class', { 'config.providers': 'file' }, `\${file:${FILE}:db.password}`, `\${file:${FILE}:db.password}`],
  ['a path beside', allowed(`${FOLDER}/sub`), `\${file:${FILE}:db.password}`, `\${file:${FILE}:db.password}`],
  [
    'a path that leads out',
    allowed(`${FOLDER}/sub`),
    `\${file:${FOLDER}/sub/../a.properties:db.password}`,
    `\${file:${FOLDER}/sub/../a.properties:db.password}`,
  ],
  ['a path that is allowed', allowed('/c/./secrets/'), `\${file:${FILE}:db.password}`, 's3cretA'],
  [
    'a folder',
    fromDir,
    `\${dir:${FOLDER}:key1}|\${dir:${FOLDER}:key2}|\${dir:${FOLDER}:sub}|\${dir:${FOLDER}:none}`,
    `filevalue\n|x|\${dir:${FOLDER}:sub}|\${dir:${FOLDER}:none}`,
  ],
  ['no folder', fromDir, '@{dir:/c/nope:key1}', '@{dir:/c/nope:key1}'],
  ['variables', fromEnv, '@{env:CP_ONE}@{env:CP_TWO}', 'einszwei$1'],
  [
    'variables that are allowed',
    { ...fromEnv, 'config.providers.env.param.allowlist.pattern': 'CP_O.*' },
    '@{env:CP_ONE}@{env:CP_TWO}',
    'eins@{env:CP_TWO}',
  ],
  [
    'a blank in the list',
    { ...fromFile, ...fromEnv, 'config.providers': 'file, env' },
    '@{env:CP_ONE}',
    '@{env:CP_ONE}',
  ],
  [
    'two',
    { ...fromFile, ...fromEnv, 'config.providers': 'file,env' },
    `\${env:CP_ONE} \${file:${FILE}:db.password} \${} \${a} \${env:} \${env:CP_ONE`,
    'eins s3cretA @{} @{a} @{env:} @{env:CP_ONE',
  ],
  ['more braces', fromEnv, '$@{env:CP_ONE}} {@{env:CP_ONE}', '$eins} {eins'],
]

describe('values that config providers give', () => {
  it.each(golden)('%s', (_, providers, value, expected) => {
    expect(withProviders({ ...providers, v: dollars(value) }, { disk, environment })).toEqual({
      ...providers,
      v: dollars(expected),
    })
  })

  it.each<[string, Record<string, string>, string, string]>([
    ['no file', fromFile, '@{file:/c/none:nope}', 'Could not read properties from file /c/none'],
    [
      'no class of Kafka',
      { 'config.providers': 'file', 'config.providers.file.class': 'com.example.Vault' },
      '1',
      'Invalid value com.example.Vault for configuration config.providers.file.class: Could not load config provider class or one of its dependencies',
    ],
    ['a relative path', allowed('secrets'), '1', 'Path secrets is not absolute'],
    ['a path that is not there', allowed('/c/nope'), '1', 'Path /c/nope does not exist'],
    [
      'a variable with a path',
      fromEnv,
      '@{env:/x:CP_ONE}',
      "Path is not supported for EnvVarConfigProvider, invalid value '/x'",
    ],
    [
      'a variable in a variable',
      fromEnv,
      '@{env:@{env:CP_ONE}}',
      "Path is not supported for EnvVarConfigProvider, invalid value '@{env'",
    ],
  ])('%s is refused, in the words of Apache', (_, providers, value, sentence) => {
    expect(() => withProviders({ ...providers, v: dollars(value) }, { disk, environment })).toThrow(dollars(sentence))
  })

  it('says what it would not read, and not what stands there', () => {
    const told: string[] = []
    const warn = (sentence: string) => told.push(sentence)
    withProviders({ ...allowed(`${FOLDER}/sub`), v: `\${file:${FILE}:db.password}` }, { disk }, warn)
    withProviders({ ...fromDir, v: `\${dir:${FILE}:x}` }, { disk }, warn)
    expect(told).toEqual([`The path ${FILE} is not allowed to be accessed`, `The path ${FILE} is not a directory`])
  })

  it('are no unknown properties of clients and nodes', () => {
    expect(adminConfig({ 'bootstrap.servers': 'h:1', ...allowed('/c') })).toMatchObject({ unknown: [], remarks: [] })
    expect(new BrokerConfig({ ...allowed('/c') }).unknown).toEqual([])
  })
})
