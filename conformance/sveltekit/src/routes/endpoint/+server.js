import { json } from '@sveltejs/kit';

export const GET = ({ request, cookies }) => {
  cookies.set('seen', 'yes', { path: '/' });
  return json({ method: 'GET', header: request.headers.get('x-custom') }, { headers: { 'x-endpoint': 'yes' } });
};
export const PUT = async ({ request }) => new Response(await request.text(), { status: 201 });
