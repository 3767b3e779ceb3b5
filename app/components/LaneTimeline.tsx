import { BlockStack, Box, Text } from '@shopify/polaris'
import type { LaneDrawing } from '../insight/lane-drawing.ts'

/** One lane on a days axis. The picture is for the eye; the list under it says the same to everyone. */
export function LaneTimeline({ drawing }: { drawing: LaneDrawing }) {
  const at = (day: number) => ({ left: `${(day / drawing.deadlineDays) * 100}%` })
  return (
    <BlockStack gap="300">
      <Box overflowX="hidden">
        <div className="lane-axis" aria-hidden="true">
          {drawing.ticks.map((day) => (
            <div key={day}>
              <div className="lane-tick" style={at(day)} />
              <div className="lane-tick-day" style={at(day)}>
                {day === 0 ? 'Start' : `Day ${day}`}
              </div>
            </div>
          ))}
          <div className="lane-tick lane-tick-end" style={at(drawing.deadlineDays)} />
          <div className="lane-tick-day" style={at(drawing.deadlineDays)}>
            Day {drawing.deadlineDays}
          </div>
          {drawing.tracks.map(({ kind, name, marks }) => (
            <div key={kind} className="lane-track">
              <span className="lane-track-name">{name}</span>
              {marks.map((mark) => (
                <span
                  key={mark.key}
                  className={`lane-mark lane-mark-${mark.kind}`}
                  style={at(mark.day)}
                >
                  {mark.short}
                </span>
              ))}
            </div>
          ))}
        </div>
      </Box>
      <ol className="lane-steps">
        {drawing.marks.map((mark) => (
          <li key={mark.key}>
            <Text as="span" variant="bodySm">
              {mark.text}
            </Text>
          </li>
        ))}
      </ol>
    </BlockStack>
  )
}
