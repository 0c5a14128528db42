import { Transformation } from './transformation.ts'

/** Leaves out all records; with a predicate, those for which it holds. */
export class Filter extends Transformation {
  apply(): null {
    return null
  }
}
