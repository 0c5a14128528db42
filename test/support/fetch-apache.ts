import { apacheClassPath, apacheMissing } from './apache.ts'

/** Before the first suite that wants Apache's jars: two that fetch them at once disturb each other. */
export function setup(): void {
  if (apacheMissing() === undefined) apacheClassPath()
}
