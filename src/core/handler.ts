import type { Event, EventPattern, EventType } from './event.ts'

/** A function type that is compared loosely in its argument, so that a list can hold connectors of any client. */
export type Handler<Context, Answer> = { handle(context: Context): Answer | Promise<Answer> }['handle']

type TypesOf<P extends string> = P extends '*'
  ? EventType
  : P extends `${infer Family}.*`
    ? Extract<EventType, `${Family}.${string}`>
    : Extract<P, EventType>

/** Handlers of events, each by the pattern of the types that it takes. */
export type Edges<Context> = {
  [P in EventPattern]?: Handler<Context & { event: Event<TypesOf<P>> }, unknown>
}
