export type OktaEvent = never
