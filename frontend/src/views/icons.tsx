/** Drawn for this website, 20 by 20; decoration, so hidden from screen readers. */
const PATHS = {
  plus: "M10 4v12M4 10h12",
  search: "M9 15A6 6 0 1 0 9 3a6 6 0 0 0 0 12ZM13.5 13.5 17 17",
  close: "m5 5 10 10M15 5 5 15",
  trash: "M4 6h12M8 6V4h4v2M6 6l.7 10h6.6L14 6M8.5 9v4.5M11.5 9v4.5",
  restore: "M4 10a6 6 0 1 1 2 4.5M4 5v5h5",
  calendar: "M4 5.5h12v11H4zM4 9h12M7 3.5v4M13 3.5v4",
  sun: "M10 13.2a3.2 3.2 0 1 0 0-6.4 3.2 3.2 0 0 0 0 6.4ZM10 2.5v1.8M10 15.7v1.8M2.5 10h1.8M15.7 10h1.8M4.7 4.7 6 6M14 14l1.3 1.3M4.7 15.3 6 14M14 6l1.3-1.3",
  list: "M8 5.5h8.5M8 10h8.5M8 14.5h8.5M3.8 5.5h.4M3.8 10h.4M3.8 14.5h.4",
  circle: "M10 16.5a6.5 6.5 0 1 0 0-13 6.5 6.5 0 0 0 0 13Z",
  done: "M10 16.5a6.5 6.5 0 1 0 0-13 6.5 6.5 0 0 0 0 13ZM7 10.2l2.2 2.1L13 8",
  user: "M10 9.5a3 3 0 1 0 0-6 3 3 0 0 0 0 6ZM4 16.5c.6-3 3-4.5 6-4.5s5.400 1.500 6 4.500",
  keyboard: "M2.500 5.500h15v9h-15zM5.500 8.500h.1M8.500 8.500h.1M11.500 8.500h.1M14.500 8.500h.1M7 11.800h6",
  notes: "M5 3.500h10v13H5zM7.500 7h5M7.500 10h5M7.500 13h3",
  file: "M5.500 3h6l3.500 3.500V17h-9.500zM11.500 3v3.500H15",
  clip: "m14.500 9.500-4.800 4.800a3 3 0 0 1-4.300-4.300l5.600-5.500a2 2 0 0 1 2.900 2.900l-5.500 5.400a1 1 0 0 1-1.400-1.400l4.700-4.700",
  image: "M3.500 4.500h13v11h-13zM3.500 13l3.500-3.500 3 3 2-2 4.500 4M12.500 8h.1",
  cloudOff: "M6 15.500h8.500a3 3 0 0 0 .8-5.900A5 5 0 0 0 6.200 8 3.800 3.800 0 0 0 6 15.500ZM4 4l12 13",
  back: "M12 4.500 6.500 10l5.500 5.500",
  eye: "M2.500 10S5.200 5 10 5s7.500 5 7.500 5-2.700 5-7.500 5-7.500-5-7.500-5ZM10 12a2 2 0 1 0 0-4 2 2 0 0 0 0 4Z",
} as const;

export type IconName = keyof typeof PATHS;

export function Icon({ name }: { name: IconName }) {
  return (
    <svg class="icon" viewBox="0 0 20 20" aria-hidden="true" focusable="false">
      <path d={PATHS[name]} />
    </svg>
  );
}

export function Brand() {
  return (
    <svg class="brand-mark" viewBox="0 0 32 32" aria-hidden="true" focusable="false">
      <rect width="32" height="32" rx="9" />
      <path d="M9 16.800l4.800 4.700L23.200 11" />
    </svg>
  );
}
