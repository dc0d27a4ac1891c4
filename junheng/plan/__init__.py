"""The least that would do: transfers, hires, rooms, area and equipment with which a county passes, with proof."""
