import { readPolicy } from '../core/hub-settings.ts'
import { defaultSchedule } from '../core/schedule.ts'
import type { HubParts, Timing, UpkeepSettings } from '../hub.ts'
import type { Configuration } from './configuration.ts'

type ConfiguredParts = Required<Pick<HubParts, 'connectors' | 'timing' | 'policy'>> & { upkeep: UpkeepSettings }

/** The parts of a hub that its configuration decides, on every runtime. */
export function readHubParts({ hub: settings, sources, connectors }: Configuration): ConfiguredParts {
  return {
    connectors,
    timing: readTiming(settings),
    policy: readPolicy(settings),
    upkeep: {
      sources: sources.map(({ id }) => id),
      resync: settings.HUB_RESYNC === 'on',
      silenceHours: settings.HUB_SILENCE_HOURS,
      keepLooksDays: settings.HUB_VERIFY_KEEP_DAYS,
      keep: {
        bodiesDays: settings.HUB_KEEP_BODIES_DAYS ?? null,
        days: settings.HUB_KEEP_DAYS ?? null,
        evidenceDays: settings.HUB_KEEP_EVIDENCE_DAYS,
      },
      verify: settings.HUB_VERIFY === 'on' ? { searchDays: settings.HUB_VERIFY_EMAIL_DAYS } : null,
    },
  }
}

function readTiming(settings: Configuration['hub']): Timing {
  return {
    outboundSeconds: settings.HUB_OUTBOUND_SECONDS,
    // The outbound limit ends a vendor's call long before. This ends a handler that has no limit and ignores its signal.
    callSeconds: settings.HUB_LEASE_SECONDS * 10,
    leaseSeconds: settings.HUB_LEASE_SECONDS,
    renewSeconds: settings.HUB_LEASE_SECONDS / 3,
    pollSeconds: 1,
    probeSeconds: 60,
    schedule: defaultSchedule,
  }
}
