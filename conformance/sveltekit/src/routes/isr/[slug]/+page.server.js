let renderings = 0;

export const config = { isr: { expiration: 60, allowQuery: ['page'], bypassToken: '0123456789abcdef0123456789abcdef' } };
export const load = ({ params, url }) => ({ slug: params.slug, page: url.searchParams.get('page'), renderings: ++renderings });
