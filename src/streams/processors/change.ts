/** What goes from table to table: a key's value, null when it is gone, and what it was where somebody asked for that. */
export interface Change<V> {
  readonly now: V | null
  /** Null where there was nothing, or where it is not known. */
  readonly before: V | null
}

/**
 * Whether a table says what a value was. A filter asks for that, for it then knows which changes change nothing: a table that has a store
 * can tell, one without asks the one before it.
 */
export interface OldValues {
  /** Asks for old values; false when nobody can tell them. `force` adds a store where there is none. */
  request(force?: boolean): boolean
  readonly requested: boolean
}

/** Old values of a table that has a store, now or perhaps later. */
export class StoredOldValues implements OldValues {
  requested = false

  constructor(
    private readonly hasStore: () => boolean,
    private readonly addStore: () => void = () => {},
  ) {}

  request(force = false): boolean {
    if (force) this.addStore()
    if (this.hasStore()) this.requested = true
    return this.requested
  }
}

/** Those of a step without a store: it makes them of those of the table before it. */
export class DerivedOldValues implements OldValues {
  requested = false

  constructor(private readonly parent: OldValues) {}

  request(force = false): boolean {
    this.requested ||= this.parent.request(force)
    return this.requested
  }
}

/** Those of a join: it makes them of those of both tables, which have stores. */
export class JoinedOldValues implements OldValues {
  requested = false

  constructor(
    private readonly left: OldValues,
    private readonly right: OldValues,
  ) {}

  request(): boolean {
    this.left.request(true)
    this.right.request(true)
    this.requested = true
    return true
  }
}
