import type { Problem } from '../core/settings.ts'
import type { Diagnosis } from '../http/diagnosis.ts'
import type { Migration } from '../journal/index.ts'
import { readBindings, type WorkerEnvironment } from './bindings.ts'
import { openClient } from './database.ts'
import { diagnoseDatabase, unreachable } from './diagnose-database.ts'

type Question = {
  env: WorkerEnvironment
  /** What is wrong with the settings, if anything is. */
  problems: readonly Problem[]
  migrations: readonly Migration[]
}

/** Looks at a Worker from within, however wrong it was deployed. It answers names, and no value. */
export async function diagnose({ env, problems, migrations }: Question): Promise<Diagnosis> {
  const { environment, found } = readBindings(env)
  return {
    wrong: [...new Set(problems.map(({ setting }) => setting))].sort(),
    settings: Object.entries(environment)
      .flatMap(([name, value]) => (value ? [name] : []))
      .sort(),
    bindings: { HYPERDRIVE: found.HYPERDRIVE !== null, NUDGES: found.NUDGES !== null },
    nodejsCompat: readNodejsCompat(),
    database: found.HYPERDRIVE
      ? await diagnoseDatabase(openClient(found.HYPERDRIVE, { connections: 1 }), migrations)
      : unreachable,
  }
}

/** The flags that a Worker runs with, where the runtime tells them. */
function readNodejsCompat(): boolean | null {
  const platform: unknown = Reflect.get(globalThis, 'Cloudflare')
  const flags: unknown = typeof platform === 'object' && platform && Reflect.get(platform, 'compatibilityFlags')
  const flag: unknown = typeof flags === 'object' && flags && Reflect.get(flags, 'nodejs_compat')
  return typeof flag === 'boolean' ? flag : null
}
