import type { AddressInfo } from 'node:net'
import { type ServerType, serve } from '@hono/node-server'
import type { Hono } from 'hono'
import { endSlowRequests } from './end-slow-requests.ts'
import { limitConnections } from './limit-connections.ts'

/** One port and what answers there. */
export type Door = { app: Hono; port: number }

type Opening = {
  host: string
  /** All of them listen; the addresses are in the order of the doors. */
  onOpen(addresses: AddressInfo[]): void
  /** One of them cannot listen: those behind it do not either. */
  onError(error: Error, door: Door): void
}

/**
 * Listens at each door, the next one when the last one is open, so that the last takes nothing unless all can. Returns
 * those that listen or are about to: the list grows.
 */
export function openDoors(doors: readonly Door[], { host, onOpen, onError }: Opening): readonly ServerType[] {
  const servers: ServerType[] = []
  const addresses: AddressInfo[] = []
  const openNext = () => {
    const door = doors[servers.length]
    if (!door) return onOpen(addresses)
    const { app, port } = door
    const server = serve({ fetch: app.fetch, port, hostname: host, serverOptions: limitConnections() }, (address) => {
      addresses.push(address)
      openNext()
    })
    endSlowRequests(server)
    servers.push(server)
    server.on('error', (error) => onError(error, door))
  }
  openNext()
  return servers
}
