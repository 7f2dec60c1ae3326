import { fileURLToPath } from 'node:url'
import { findFreePort, startHubProcess } from '../../../lab/hub-process.ts'

const entries = {
  test: fileURLToPath(new URL('../../../lab/suite/node-hub.ts', import.meta.url)),
  shipped: fileURLToPath(new URL('../../../src/node.ts', import.meta.url)),
}

type HubQuestion = {
  env: Record<string, string>
  cwd: string
  entry?: keyof typeof entries | undefined
  guardHub(pid: number): void
}

/** A hub on Node that keeps its address over a SIGKILL. `env` is its environment, for an operator's commands. */
export async function startHubAtPort({ env: given, cwd, entry = 'test', guardHub }: HubQuestion) {
  const env = { ...given, PORT: String(await findFreePort()) }
  const start = () => startHubProcess({ env, cwd, file: entries[entry], onSpawn: guardHub })
  let hub = await start()
  return {
    url: hub.url,
    env,
    log: () => hub.log,
    async restart(): Promise<void> {
      await hub.stop('SIGKILL')
      hub = await start()
    },
    kill: async (): Promise<void> => void (await hub.stop('SIGKILL')),
  }
}
