export const load = () => ({ late: new Promise((resolve) => setTimeout(() => resolve('came late'), 50)) });
