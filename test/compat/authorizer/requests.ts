import type { Api, RequestInput } from '../../../src/protocol/schema/index.ts'
import type { Plain, Twin } from '../../support/twin.ts'

/** Requests to be sent by every user, with whatever rights. */
export interface Question {
  readonly name: string
  send(twin: Twin, user: string): Promise<Plain>
}

type Given<T> = T | ((user: string) => T)
type Blur = (answer: Plain) => Plain

/** One request in some versions. */
export function questions<A extends Api>(
  api: A,
  versions: readonly number[],
  request: Given<RequestInput<A>>,
  blur: Blur = (answer) => answer,
): Question[] {
  return versions.map((version) => ({
    name: `${api.name} ${version}`,
    send: (twin, user) => {
      const own = typeof request === 'function' ? request(user) : request
      return twin.same(user, api, version, own, (answer) => tidy(blur(answer)))
    },
  }))
}

const SHOWN_REQUEST = /^Request Request\(processor.*\) (is not authorized|needs \w+ permission)\.$/s

/** What is different of every broker, and how Apache's shows a request that it refuses. */
const tidy: Blur = (answer) =>
  answer === undefined
    ? 'closed'
    : JSON.parse(
        JSON.stringify(answer, (field, value) => {
          if (field === 'clusterId') return 'CLUSTER'
          if (field === 'topicId' && !String(value).startsWith('$')) return value.startsWith('AAAA') ? value : 'an id'
          if (typeof value !== 'string') return value
          return value.replace(SHOWN_REQUEST, 'Cluster authorization failed.')
        }),
      )

/** An answer without some of its fields, wherever they stand. */
export const without =
  (...names: string[]): Blur =>
  (answer) =>
    JSON.parse(JSON.stringify(answer, (name, value) => (names.includes(name) ? undefined : value)))

/** Of numbers that each broker makes up only whether there is one. */
export const blurred =
  (...names: string[]): Blur =>
  (answer) =>
    JSON.parse(JSON.stringify(answer, (name, value) => (names.includes(name) ? Math.sign(value) : value)))

/** Names that begin like this are those that users have rights on. */
export const MINE = 'mine'
export const OTHER = 'other'
export const MISSING = 'missing'
/** A topic that is not there. */
export const NOWHERE = 'AAAAAAAAAAAAAAAAAAAAAg'
/** One that users may have rights on, and is not there. */
export const SOON = 'mine-soon'
