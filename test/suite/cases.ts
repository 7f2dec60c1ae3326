import { afterAll, beforeAll, expect, test } from 'vitest'
import { exceptions } from './exceptions.ts'
import type { Runtime } from './runtime.ts'
import { type Scene, type SceneQuestion, setScene } from './scene.ts'

type Case = (title: string, play: (scene: Scene) => Promise<void>) => void

/** The longest that one case may take: a loaded machine, and a runtime that is ticked. */
const caseMs = 180_000

/** The titles of each runtime's cases, for the check of the list of exceptions. */
export const titles = new Set<string>()

/** One scene for the cases of a group, and how a case is declared: as a test, or as an exception with its reason. */
export function declareCases(runtime: Runtime, question: Omit<SceneQuestion, 'runtime'> = {}): Case {
  let scene: Scene | undefined
  beforeAll(async () => {
    scene = await setScene({ runtime, ...question })
  }, caseMs)
  afterAll(() => scene?.[Symbol.asyncDispose](), caseMs)
  return (title, play) => {
    expect(titles, title).not.toContain(title)
    titles.add(title)
    const exception = exceptions.find((one) => one.runtime === runtime.name && one.case === title)
    if (exception) return test.skip(`${title} (not here: ${exception.reason})`)
    test(title, { timeout: caseMs }, async ({ onTestFailed }) => {
      if (!scene) throw new Error('The scene was not set.')
      const { hub, calm } = scene
      onTestFailed(() => console.error(hub.log().slice(-30).join('\n')))
      await play(scene).finally(calm)
    })
  }
}
