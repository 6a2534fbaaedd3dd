export const load = ({ url, getClientAddress }) => ({ path: url.pathname, query: url.searchParams.get('q'), origin: url.origin, address: getClientAddress() });
