import { Cast } from './cast.ts'
import { DropHeaders } from './drop-headers.ts'
import { ExtractField } from './extract-field.ts'
import { Filter } from './filter.ts'
import { Flatten } from './flatten.ts'
import { HeaderFrom } from './header-from.ts'
import { HoistField } from './hoist-field.ts'
import { InsertField } from './insert-field.ts'
import { InsertHeader } from './insert-header.ts'
import { MaskField } from './mask-field.ts'
import { HasHeaderKey, RecordIsTombstone, TopicNameMatches } from './predicates.ts'
import { RegexRouter } from './regex-router.ts'
import { ReplaceField } from './replace-field.ts'
import { SetSchemaMetadata } from './set-schema-metadata.ts'
import type { Side } from './shared/sides.ts'
import { TimestampConverter } from './timestamp-converter.ts'
import { TimestampRouter } from './timestamp-router.ts'
import type { Predicate, Transformation } from './transformation.ts'
import { ValueToKey } from './value-to-key.ts'

const PACKAGE = 'org.apache.kafka.connect.transforms.'

/** The two classes of one that is for keys or for values. */
const onSides = (name: string, make: (side: Side) => Transformation): [string, () => Transformation][] => [
  [`${name}$Key`, () => make('key')],
  [`${name}$Value`, () => make('value')],
]

/** The transformations that come with Kafka, by Java's names and in their order. `now` is the time, in milliseconds since the epoch. */
export const builtInTransformations = (now: () => number): ReadonlyMap<string, () => Transformation> =>
  inPackage<Transformation>(PACKAGE, [
    ...onSides('Cast', (side) => new Cast(side)),
    ['DropHeaders', () => new DropHeaders()],
    ...onSides('ExtractField', (side) => new ExtractField(side)),
    ['Filter', () => new Filter()],
    ...onSides('Flatten', (side) => new Flatten(side)),
    ...onSides('HeaderFrom', (side) => new HeaderFrom(side)),
    ...onSides('HoistField', (side) => new HoistField(side)),
    ...onSides('InsertField', (side) => new InsertField(side)),
    ['InsertHeader', () => new InsertHeader()],
    ...onSides('MaskField', (side) => new MaskField(side)),
    ['RegexRouter', () => new RegexRouter()],
    ...onSides('ReplaceField', (side) => new ReplaceField(side)),
    ...onSides('SetSchemaMetadata', (side) => new SetSchemaMetadata(side)),
    ...onSides('TimestampConverter', (side) => new TimestampConverter(side, now)),
    ['TimestampRouter', () => new TimestampRouter()],
    ['ValueToKey', () => new ValueToKey()],
  ])

export const builtInPredicates: ReadonlyMap<string, () => Predicate> = inPackage<Predicate>(`${PACKAGE}predicates.`, [
  ['HasHeaderKey', () => new HasHeaderKey()],
  ['RecordIsTombstone', () => new RecordIsTombstone()],
  ['TopicNameMatches', () => new TopicNameMatches()],
])

function inPackage<T>(name: string, classes: readonly (readonly [string, () => T])[]): ReadonlyMap<string, () => T> {
  return new Map(classes.map(([simple, create]) => [name + simple, create]))
}
