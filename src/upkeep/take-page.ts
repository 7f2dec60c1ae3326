import { abortableWait } from '../core/wait.ts'
import type { Installed } from '../host/installed.ts'

const longestWaitSeconds = 0.5

/**
 * Waits until a listing may ask for a page. That is a call of background work: a listing shares these with verifications,
 * and stops where they do.
 */
export async function takePage({ budget }: Pick<Installed, 'budget'>, signal: AbortSignal): Promise<void> {
  while (budget) {
    const { granted, waitSeconds } = await budget.take('background', 1)
    if (granted > 0) return
    await abortableWait(Math.min(waitSeconds, longestWaitSeconds), signal)
  }
}
