import { type EventType, isRecord, type Json } from '../../../src/index.ts'
import type { OktaConfig } from './config.ts'

type LeaveSettings = Pick<OktaConfig, 'OKTA_LEAVE_APPS' | 'OKTA_LEAVE_GROUPS'>

const ofGroups: readonly EventType[] = ['group.user_membership.add', 'group.user_membership.remove']
const ofApps: readonly EventType[] = ['application.user_membership.add', 'application.user_membership.remove']

/**
 * The event types that tell of it. With an application, those of groups too: a group may have given it, and whether Okta
 * then also sends the application's own event is not known for every way.
 */
export function listLeaveEventTypes({ OKTA_LEAVE_APPS, OKTA_LEAVE_GROUPS }: LeaveSettings): EventType[] {
  if (OKTA_LEAVE_APPS.length > 0) return [...ofGroups, ...ofApps]
  return OKTA_LEAVE_GROUPS.length > 0 ? [...ofGroups] : []
}

/** Whether a person may have left, or come back, with this event: it names an application or group of the settings. */
export function isMove({ config, type, data }: { config: LeaveSettings; type: string; data: Json }): boolean {
  const types: readonly string[] = listLeaveEventTypes(config)
  if (!types.includes(type)) return false
  // Any group may be the one that gives an application.
  if (config.OKTA_LEAVE_APPS.length > 0 && type.startsWith('group.')) return true
  const targets = isRecord(data) && Array.isArray(data.target) ? data.target : []
  const named = [...config.OKTA_LEAVE_APPS, ...config.OKTA_LEAVE_GROUPS]
  return targets.some((one) => isRecord(one) && typeof one.id === 'string' && named.includes(one.id))
}
