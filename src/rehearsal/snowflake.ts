const discordEpoch = 1_420_070_400_000n

let increment = 0n

/** A fresh id as Discord makes them: milliseconds since 2015 and a counter. Ids rise with time. */
export function snowflake(): string {
  increment = (increment + 1n) % (1n << 22n)
  return (((BigInt(Date.now()) - discordEpoch) << 22n) | increment).toString()
}
