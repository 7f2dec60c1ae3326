import type { DoctorCheck } from '../../../core/connector.ts'
import { listSharedDatabases } from '../../../node/postgres/shared-databases.ts'
import { sharedFolder } from '../../../node/postgres/shared-folder.ts'
import { formatCount } from '../../terminal/text.ts'
import { formatBytes, whoseIs } from '../../views/shared-database-lines.ts'

/** Names what databases of hubs whose folder is gone have left on this machine. Nothing is said where there is nothing. */
export async function examineLeftovers({ own, shared }: { own: string; shared?: string }): Promise<DoctorCheck[]> {
  const all = await listSharedDatabases({ own, ...(shared ? { shared } : {}) })
  const closed = all.filter(({ kind }) => kind === 'closed').length
  const left = all.flatMap((one): DoctorCheck[] => {
    const found = { name: 'left behind', status: 'warning' as const, detail: `${one.path}, ${formatBytes(one.bytes)}` }
    switch (one.kind) {
      case 'gone':
        return [{ ...found, detail: `${found.detail}. ${whoseIs(one)}`, fix: 'Run "npm run hub -- clean".' }]
      case 'running':
        return [
          {
            ...found,
            detail: `${found.detail}. ${whoseIs(one)} Its server runs.`,
            fix: 'End that server, then run "npm run hub -- clean".',
          },
        ]
      case 'unknown':
        return [
          {
            ...found,
            detail: `${found.detail}. ${whoseIs(one)}`,
            fix: `If no hub of this machine needs it: npm run hub -- clean ${one.path}`,
          },
        ]
      default:
        return []
    }
  })
  if (closed === 0) return left
  const detail = `${formatCount(closed, 'folder')} of ${sharedFolder} can be looked into by root alone`
  return [...left, { name: 'left behind', status: 'ok', detail }]
}
