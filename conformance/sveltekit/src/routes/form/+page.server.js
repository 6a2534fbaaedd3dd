import { fail } from '@sveltejs/kit';

export const actions = {
  default: async ({ request }) => {
    const name = (await request.formData()).get('name');
    return name ? { name } : fail(422, { wrong: true });
  },
};
