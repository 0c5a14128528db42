/** Another worker has to answer. */
export class Elsewhere extends Error {
  override name = 'Elsewhere'

  constructor(
    /** Where its REST is; undefined when nobody knows at the moment. */
    readonly url: string | undefined,
  ) {
    super('Another worker has to answer.')
  }
}
