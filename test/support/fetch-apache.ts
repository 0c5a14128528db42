import { apacheClassPath, apacheMissing } from './apache.ts'
import { quickStart } from './class-archive.ts'

/** Before the first suite that wants Apache's jars: two that fetch them at once disturb each other. Tells all suites how to start Java. */
export async function setup(): Promise<void> {
  if (apacheMissing() !== undefined) return
  apacheClassPath()
  process.env.KAFKA_TEST_JAVA_OPTIONS = JSON.stringify(await quickStart())
}
