import { ConfigError } from '../../config/define.ts'
import type { Converter, ConverterProperties, HeaderConverter } from './converter.ts'
import { JsonConverter } from './json-converter.ts'
import { NumberConverter, numberForms } from './number-converters.ts'
import { BooleanConverter, ByteArrayConverter, StringConverter } from './plain-converters.ts'
import { SimpleHeaderConverter } from './simple-header-converter.ts'

type Both = Converter & HeaderConverter
type Make<T> = (properties: ConverterProperties) => T

const number =
  (form: keyof typeof numberForms): Make<Both> =>
  () =>
    new NumberConverter(numberForms[form])

/** Converters that come with Kafka, by their Java classes, in the order in which they are listed. */
const converters: Readonly<Record<string, Make<Both>>> = {
  'org.apache.kafka.connect.converters.BooleanConverter': () => new BooleanConverter(),
  'org.apache.kafka.connect.converters.ByteArrayConverter': () => new ByteArrayConverter(),
  'org.apache.kafka.connect.converters.DoubleConverter': number('Double'),
  'org.apache.kafka.connect.converters.FloatConverter': number('Float'),
  'org.apache.kafka.connect.converters.IntegerConverter': number('Integer'),
  'org.apache.kafka.connect.converters.LongConverter': number('Long'),
  'org.apache.kafka.connect.converters.ShortConverter': number('Short'),
  'org.apache.kafka.connect.json.JsonConverter': (properties) => new JsonConverter(properties),
  'org.apache.kafka.connect.storage.StringConverter': (properties) => new StringConverter(properties),
}

const SIMPLE = 'org.apache.kafka.connect.storage.SimpleHeaderConverter'
const headerConverters: Readonly<Record<string, Make<HeaderConverter>>> = {
  ...converters,
  [SIMPLE]: () => new SimpleHeaderConverter(),
}

export const converterNames: readonly string[] = Object.keys(converters)
export const headerConverterNames: readonly string[] = Object.keys(headerConverters).sort()

/** Java's full name, or what stands behind its last dot, with or without "Converter". */
function find<T>(table: Readonly<Record<string, T>>, name: string): T | undefined {
  const short = name.replace(/^.*\./, '').replace(/Converter$/, '')
  const isFull = name.includes('.')
  const key = Object.keys(table).find((full) => (isFull ? full === name : full.endsWith(`.${short}Converter`)))
  return key === undefined ? undefined : table[key]
}

export const hasConverter = (name: string, header = false): boolean =>
  find(header ? headerConverters : converters, name) !== undefined

/** Throws `ConfigError` for a class that is not there, and for a bad property. `property` is where the name was given. */
export function makeConverter(name: string, property: string, properties: ConverterProperties): Converter {
  return (find(converters, name) ?? missing(name, property))(properties)
}

export function makeHeaderConverter(name: string, property: string, properties: ConverterProperties): HeaderConverter {
  return (find(headerConverters, name) ?? missing(name, property))(properties)
}

/** Apache's sentence. */
export const converterNotFound = (name: string, property: string): string =>
  `Invalid value ${name} for configuration ${property}: Class ${name} could not be found.`

function missing(name: string, property: string): never {
  throw new ConfigError(converterNotFound(name, property))
}
