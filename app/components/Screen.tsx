import { TitleBar } from '@shopify/app-bridge-react'
import { Box, Page } from '@shopify/polaris'

/** A top page of the navigation: the admin's bar shows its title, so the page only says it to screen readers. */
export function Screen({ title, children }: { title: string; children: React.ReactNode }) {
  return (
    <Page title={title} titleHidden>
      <TitleBar title={title} />
      <Box paddingBlock={{ xs: '400', md: '500' }}>{children}</Box>
    </Page>
  )
}
