import type { Hub } from '../hub.ts'

export async function upkeepSlice({ upkeep }: Hub, { seconds }: { seconds: number }): Promise<void> {
  upkeep.start()
  await new Promise((resolve) => setTimeout(resolve, Math.min(seconds, 2) * 1000))
  await upkeep.stop()
}
