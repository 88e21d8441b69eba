--
-- PostgreSQL database dump
--

\restrict museum

-- Dumped from database version 15.18 (Debian 15.18-0+deb12u1)
-- Dumped by pg_dump version 15.18 (Debian 15.18-0+deb12u1)

SET statement_timeout = 0;
SET lock_timeout = 0;
SET idle_in_transaction_session_timeout = 0;
SET client_encoding = 'UTF8';
SET standard_conforming_strings = on;
SELECT pg_catalog.set_config('search_path', '', false);
SET check_function_bodies = false;
SET xmloption = content;
SET client_min_messages = warning;
SET row_security = off;

--
-- Name: vidgo; Type: SCHEMA; Schema: -; Owner: -
--

CREATE SCHEMA vidgo;


SET default_tablespace = '';

SET default_table_access_method = heap;

--
-- Name: allowances; Type: TABLE; Schema: vidgo; Owner: -
--

CREATE TABLE vidgo.allowances (
    batch text NOT NULL,
    fingerprint text NOT NULL,
    price text,
    drawn_by text
);


--
-- Name: balances; Type: TABLE; Schema: vidgo; Owner: -
--

CREATE TABLE vidgo.balances (
    at double precision NOT NULL,
    provider text NOT NULL,
    credits text NOT NULL
);


--
-- Name: batches; Type: TABLE; Schema: vidgo; Owner: -
--

CREATE TABLE vidgo.batches (
    name text NOT NULL,
    contents text NOT NULL,
    plan text NOT NULL,
    at double precision NOT NULL
);


--
-- Name: charges; Type: TABLE; Schema: vidgo; Owner: -
--

CREATE TABLE vidgo.charges (
    at double precision NOT NULL,
    job_id text NOT NULL,
    fingerprint text NOT NULL,
    provider text NOT NULL,
    notebook text NOT NULL,
    model text NOT NULL,
    quoted text,
    charged text,
    saved text
);


--
-- Name: events; Type: TABLE; Schema: vidgo; Owner: -
--

CREATE TABLE vidgo.events (
    job_id text NOT NULL,
    at double precision NOT NULL,
    event text NOT NULL,
    state text NOT NULL,
    number integer DEFAULT 0 NOT NULL
);


--
-- Name: jobs; Type: TABLE; Schema: vidgo; Owner: -
--

CREATE TABLE vidgo.jobs (
    job_id text NOT NULL,
    fingerprint text NOT NULL,
    generation integer NOT NULL,
    provider text NOT NULL,
    api text NOT NULL,
    model text NOT NULL,
    kind text NOT NULL,
    request text NOT NULL,
    store text NOT NULL,
    notebook text NOT NULL,
    owner text NOT NULL,
    lease_until double precision NOT NULL,
    state text NOT NULL,
    quoted text,
    charge text,
    task_id text,
    file_url text,
    digest text,
    message text NOT NULL,
    created_at double precision NOT NULL,
    submitted_at double precision,
    rendered_at double precision,
    ended_at double precision
);


--
-- Name: pauses; Type: TABLE; Schema: vidgo; Owner: -
--

CREATE TABLE vidgo.pauses (
    api text NOT NULL,
    until double precision NOT NULL
);


--
-- Name: schema_version; Type: TABLE; Schema: vidgo; Owner: -
--

CREATE TABLE vidgo.schema_version (
    version integer NOT NULL
);


--
-- Name: uploads; Type: TABLE; Schema: vidgo; Owner: -
--

CREATE TABLE vidgo.uploads (
    api text NOT NULL,
    identity text NOT NULL,
    url text NOT NULL,
    expires_at double precision NOT NULL
);


--
-- Data for Name: allowances; Type: TABLE DATA; Schema: vidgo; Owner: -
--

COPY vidgo.allowances (batch, fingerprint, price, drawn_by) FROM stdin;
\.


--
-- Data for Name: balances; Type: TABLE DATA; Schema: vidgo; Owner: -
--

COPY vidgo.balances (at, provider, credits) FROM stdin;
1795933272.7200713	vidgo	5000
1795933273.5125642	vidgo	5000
1795933285.1669662	vidgo	5000
1795933290.7677882	vidgo	5000
1795933291.506505	vidgo	5000
1795933293.1287897	vidgo	5000
\.


--
-- Data for Name: batches; Type: TABLE DATA; Schema: vidgo; Owner: -
--

COPY vidgo.batches (name, contents, plan, at) FROM stdin;
plates	09b2339236892d0135473bb838e2c6688b22f7fb95fbd80802bcbdfc8a0bbf24	{"axes": [], "places": [{"row": {"glaze": "blue"}, "request": "{\\"prompt\\": \\"A blue plate\\", \\"model\\": \\"gpt-image-2\\", \\"quality\\": null, \\"size\\": null, \\"resolution\\": null, \\"references\\": [], \\"take\\": 1, \\"callback_url\\": null, \\"template\\": \\"A {{ glaze }} plate\\", \\"values\\": [[\\"glaze\\", \\"blue\\"]]}", "problems": []}, {"row": {"glaze": "green"}, "request": "{\\"prompt\\": \\"A green plate\\", \\"model\\": \\"gpt-image-2\\", \\"quality\\": null, \\"size\\": null, \\"resolution\\": null, \\"references\\": [], \\"take\\": 1, \\"callback_url\\": null, \\"template\\": \\"A {{ glaze }} plate\\", \\"values\\": [[\\"glaze\\", \\"green\\"]]}", "problems": []}]}	1795933290.7803214
lamps	2642baadea2b0f658585bbd5364c04ef2b4b817c41f2b5dacebd462e0d49893f	{"axes": [["prompt", ["Draw the lamp in ink", "Draw the lamp in chalk"]]], "places": [{"row": {"prompt": "Draw the lamp in ink"}, "request": "{\\"prompt\\": \\"Draw the lamp in ink\\", \\"model\\": \\"gpt-image-2-edit\\", \\"quality\\": null, \\"size\\": null, \\"resolution\\": null, \\"references\\": [{\\"kind\\": \\"bytes\\", \\"value\\": \\"34e47926bde8c0720dce5c794143958292ba65417dde26aa5cf98857dfe82edd\\", \\"name\\": \\"lamp.png\\", \\"parent\\": \\"\\"}], \\"take\\": 1, \\"callback_url\\": null, \\"template\\": \\"\\", \\"values\\": []}", "problems": []}, {"row": {"prompt": "Draw the lamp in chalk"}, "request": "{\\"prompt\\": \\"Draw the lamp in chalk\\", \\"model\\": \\"gpt-image-2-edit\\", \\"quality\\": null, \\"size\\": null, \\"resolution\\": null, \\"references\\": [{\\"kind\\": \\"bytes\\", \\"value\\": \\"34e47926bde8c0720dce5c794143958292ba65417dde26aa5cf98857dfe82edd\\", \\"name\\": \\"lamp.png\\", \\"parent\\": \\"\\"}], \\"take\\": 1, \\"callback_url\\": null, \\"template\\": \\"\\", \\"values\\": []}", "problems": []}]}	1795933291.5162756
bicycles	213a4f41fc137fd90494cecf0bf875f1d2c28f053a2101b53cc1e2ceed9e6e7a	{"axes": [["colour", ["red", "green", "blue", "white"]]], "places": [{"row": {"colour": "red"}, "request": "{\\"prompt\\": \\"A red bicycle\\", \\"model\\": \\"gpt-image-2\\", \\"quality\\": \\"medium\\", \\"size\\": \\"1:1\\", \\"resolution\\": \\"2K\\", \\"references\\": [], \\"take\\": 1, \\"callback_url\\": null, \\"template\\": \\"A {{ colour }} bicycle\\", \\"values\\": [[\\"colour\\", \\"red\\"]]}", "problems": []}, {"row": {"colour": "green"}, "request": "{\\"prompt\\": \\"A green bicycle\\", \\"model\\": \\"gpt-image-2\\", \\"quality\\": \\"medium\\", \\"size\\": \\"1:1\\", \\"resolution\\": \\"2K\\", \\"references\\": [], \\"take\\": 1, \\"callback_url\\": null, \\"template\\": \\"A {{ colour }} bicycle\\", \\"values\\": [[\\"colour\\", \\"green\\"]]}", "problems": []}, {"row": {"colour": "blue"}, "request": "{\\"prompt\\": \\"A blue bicycle\\", \\"model\\": \\"gpt-image-2\\", \\"quality\\": \\"medium\\", \\"size\\": \\"1:1\\", \\"resolution\\": \\"2K\\", \\"references\\": [], \\"take\\": 1, \\"callback_url\\": null, \\"template\\": \\"A {{ colour }} bicycle\\", \\"values\\": [[\\"colour\\", \\"blue\\"]]}", "problems": []}, {"row": {"colour": "white"}, "request": "{\\"prompt\\": \\"A white bicycle\\", \\"model\\": \\"gpt-image-2\\", \\"quality\\": \\"medium\\", \\"size\\": \\"1:1\\", \\"resolution\\": \\"2K\\", \\"references\\": [], \\"take\\": 1, \\"callback_url\\": null, \\"template\\": \\"A {{ colour }} bicycle\\", \\"values\\": [[\\"colour\\", \\"white\\"]]}", "problems": []}]}	1795933293.132385
\.


--
-- Data for Name: charges; Type: TABLE DATA; Schema: vidgo; Owner: -
--

COPY vidgo.charges (at, job_id, fingerprint, provider, notebook, model, quoted, charged, saved) FROM stdin;
1795933270.397692	j9pgvjpemq	d6067f0f122cc1a5593f458f725520c88704a825090f9c1790b25f417979fe53	vidgo	study.ipynb	gpt-image-2	2	2	0
1795933271.2849176	jmy6g26rg4	053850eb626fab522b654aff3f88d93686e9273e0c195666cf5a267953648b6d	vidgo	study.ipynb	gpt-image-2	24	24	0
1795933272.0117106	jz4uwv9872	f91acadc66a30e8a20bc7ed9de801367eb74d62025842cc2d5bff0e853959dd9	vidgo	study.ipynb	gpt-image-2-edit	2	2	0
1795933272.6543467	jch2krmr2x	2371248f48e92b402aec5a37f54b274c202f1661036170283a3c3e5ab36af5ba	vidgo	study.ipynb	gpt-image-2-edit	2	2	0
1795933273.3470802	jx6vmbhsa7	e5c3b11ee5e02c0f283b8711827201c1625e730616b3848fadc8a144e533fa16	vidgo	study.ipynb	gpt-image-2	2	2	0
1795933273.432265	jtuzx243uc	f3d8b7a9326277351fc5af084da53f9d22645bdd155bbfc8dc5ba1f4a88a7318	vidgo	study.ipynb	gpt-image-2	2	2	0
1795933274.137484	j3abk4v3gs	116071dcf4030373883c0c91c4f8d7df10c40c9c2fcee8713a421c9577d46414	vidgo	study.ipynb	gpt-image-2	2	2	0
1795933274.184	jyjx7vbvdt	36723062ab910c5337a6337b8184b7133eb55fd8dd9c256f42dbdef4ec922289	vidgo	study.ipynb	gpt-image-2	3	3	0
1795933274.8881345	jsqasjh3dr	82bd3a4f3ab9c252a344fb2acda1f10373891bc6a6f358b640bc8ae737574d1f	vidgo	study.ipynb	gpt-image-2	2	2	0
1795933275.5982826	jt3jnmq39e	9b8ffc28cd6cabe4e7906106e7d5a5bb0a6b2f8be370213e8370676dffcf18d3	vidgo	study.ipynb	flux-2-pro	\N	\N	0
1795933277.4722583	j9pgvjpemq	d6067f0f122cc1a5593f458f725520c88704a825090f9c1790b25f417979fe53	vidgo	study.ipynb	gpt-image-2	2	0	2
1795933277.583763	jmy6g26rg4	053850eb626fab522b654aff3f88d93686e9273e0c195666cf5a267953648b6d	vidgo	study.ipynb	gpt-image-2	24	0	24
1795933277.6997154	jz4uwv9872	f91acadc66a30e8a20bc7ed9de801367eb74d62025842cc2d5bff0e853959dd9	vidgo	study.ipynb	gpt-image-2-edit	2	0	2
1795933277.7296133	jch2krmr2x	2371248f48e92b402aec5a37f54b274c202f1661036170283a3c3e5ab36af5ba	vidgo	study.ipynb	gpt-image-2-edit	2	0	2
1795933277.7402928	jx6vmbhsa7	e5c3b11ee5e02c0f283b8711827201c1625e730616b3848fadc8a144e533fa16	vidgo	study.ipynb	gpt-image-2	2	0	2
1795933277.743497	jtuzx243uc	f3d8b7a9326277351fc5af084da53f9d22645bdd155bbfc8dc5ba1f4a88a7318	vidgo	study.ipynb	gpt-image-2	2	0	2
1795933277.7546134	j3abk4v3gs	116071dcf4030373883c0c91c4f8d7df10c40c9c2fcee8713a421c9577d46414	vidgo	study.ipynb	gpt-image-2	2	0	2
1795933277.75645	jyjx7vbvdt	36723062ab910c5337a6337b8184b7133eb55fd8dd9c256f42dbdef4ec922289	vidgo	study.ipynb	gpt-image-2	3	0	3
1795933277.8977683	jsqasjh3dr	82bd3a4f3ab9c252a344fb2acda1f10373891bc6a6f358b640bc8ae737574d1f	vidgo	study.ipynb	gpt-image-2	2	0	2
1795933277.907915	jt3jnmq39e	9b8ffc28cd6cabe4e7906106e7d5a5bb0a6b2f8be370213e8370676dffcf18d3	vidgo	study.ipynb	flux-2-pro	\N	0	\N
1795933280.475308	jkhx5qd6n2	6e430541e7e81047e141b6dd987bb77e00bc731ce82685319b54a4f6a9d9ed5f	emulator	study.ipynb	gpt-image-2	2	2	0
1795933282.821867	jk28ad7zyx	8269600833e7df3452aab1f8e54db10df7e0c31850552e3d0f4e5d3dd0b86b7a	emulator	study.ipynb	gpt-image-2-edit	2	2	0
1795933285.934861	jwrxan4sbg	46e30ec1fd3c531343ff23d97dc99622990838f90828a71120c3cfbc9f27e559	vidgo		gpt-image-2	3	3	0
1795933286.6940114	ja6gbkr4r6	46e30ec1fd3c531343ff23d97dc99622990838f90828a71120c3cfbc9f27e559	vidgo		gpt-image-2	3	3	0
1795933287.322309	jnvdxxr7q7	46e30ec1fd3c531343ff23d97dc99622990838f90828a71120c3cfbc9f27e559	vidgo		gpt-image-2	3	3	0
1795933287.9876912	jzkcepacks	175b5905b45da9cdaeb8d683060d8c3cb2c8b4f51b40cb7b68a88ff9a3608fb9	vidgo		gpt-image-2-edit	2	2	0
1795933288.6228778	jzdhtbs9qw	848ce834761c9db4a9c7f6dea1a60ed68fc42ae97b99ce6c36e97f7c2a750d13	vidgo		gpt-image-2-edit	2	2	0
1795933288.6556103	jnvdxxr7q7	46e30ec1fd3c531343ff23d97dc99622990838f90828a71120c3cfbc9f27e559	vidgo		gpt-image-2	3	0	3
1795933289.2931767	jktuprbyw2	1c1ae3faacbe8c29ea79d481517b1e1ec5c7d69a1f1f8471a7e01691c9614446	vidgo		gpt-image-2-edit	2	2	0
1795933289.9486403	jr5wx2vs64	12a36b5f88a905b1dda6a322b6486f57cb330176623654c296e48a1868208d51	vidgo		gpt-image-2-edit	2	2	0
1795933290.56424	jquzketwdv	d0bc730b73c669fa2ee6c38ed4e7d109e5b521b2ed5297ef113396b03d29a00d	vidgo		gpt-image-2	2	2	0
1795933291.4018598	j3z2j63r8t	71bb59249a2338ed3781299a919fedf7cef57f9bedfe30f1234ac3ef64ee8c45	vidgo		gpt-image-2	2	2	0
1795933291.4484305	jmyct6nx7e	55678fe83e76097a3d69e0f51aa736ab33a340b5e6ceb76229b2d158d14fa240	vidgo		gpt-image-2	2	2	0
1795933292.11534	jwev8mm66q	47039cef9261dfb065ec65ce7dc2b07bcdb7fe7c70f79fe2f550450f7b46db29	vidgo		gpt-image-2-edit	2	2	0
1795933292.1640017	jhmfvs5jm5	6fa861c115992510be873c90aca619161b46c5e570ad615d93a57c3b1e60af32	vidgo		gpt-image-2-edit	2	2	0
1795933293.872371	j8f4pbf8us	9d3940a2cd457af1ec8d700a2fb82a119987990ca18b88731d986253ff58c380	vidgo		gpt-image-2	6	6	0
1795933293.8762538	jkc3anjfc2	004424e693a3306a72a4e8474c7af0b352cdfcdab8b80c0981294d086cdbd2b6	vidgo		gpt-image-2	6	6	0
1795933293.8805635	jtazun5ky4	b7f6b2ff29909a775668243a58e92ca0517d89b4037437ba9d6a4ae9038c13bd	vidgo		gpt-image-2	12	12	0
\.


--
-- Data for Name: events; Type: TABLE DATA; Schema: vidgo; Owner: -
--

COPY vidgo.events (job_id, at, event, state, number) FROM stdin;
j9pgvjpemq	1795933268.9877882	Planned	planned	0
j9pgvjpemq	1795933269.6324246	Submitting	submitting	1
j9pgvjpemq	1795933269.7954292	Accepted	not_started	2
j9pgvjpemq	1795933270.3977437	Rendered	fetching	3
j9pgvjpemq	1795933270.5272746	Stored	finished	4
jmy6g26rg4	1795933270.6187766	Planned	planned	0
jmy6g26rg4	1795933270.6427748	Submitting	submitting	1
jmy6g26rg4	1795933270.7191243	Accepted	not_started	2
jmy6g26rg4	1795933271.284973	Rendered	fetching	3
jmy6g26rg4	1795933271.2933373	Stored	finished	4
jz4uwv9872	1795933271.3294015	Planned	planned	0
jz4uwv9872	1795933271.3339398	Uploading	uploading	1
jz4uwv9872	1795933271.3942206	Submitting	submitting	2
jz4uwv9872	1795933271.4441147	Accepted	not_started	3
jz4uwv9872	1795933272.0117643	Rendered	fetching	4
jz4uwv9872	1795933272.0201406	Stored	finished	5
jch2krmr2x	1795933272.032829	Planned	planned	0
jch2krmr2x	1795933272.0351121	Submitting	submitting	1
jch2krmr2x	1795933272.0881543	Accepted	not_started	2
jch2krmr2x	1795933272.654398	Rendered	fetching	3
jch2krmr2x	1795933272.6630056	Stored	finished	4
jx6vmbhsa7	1795933272.7221816	Planned	planned	0
jtuzx243uc	1795933272.72226	Planned	planned	0
jx6vmbhsa7	1795933272.7244189	Submitting	submitting	1
jtuzx243uc	1795933272.7244606	Submitting	submitting	1
jtuzx243uc	1795933272.7764506	Accepted	not_started	2
jx6vmbhsa7	1795933272.7765508	Accepted	not_started	2
jx6vmbhsa7	1795933273.3471336	Rendered	fetching	3
jx6vmbhsa7	1795933273.4202976	Stored	finished	4
jtuzx243uc	1795933273.4323087	Rendered	fetching	3
jtuzx243uc	1795933273.4879754	Stored	finished	4
j3abk4v3gs	1795933273.514982	Planned	planned	0
jyjx7vbvdt	1795933273.5150425	Planned	planned	0
j3abk4v3gs	1795933273.5200968	Submitting	submitting	1
jyjx7vbvdt	1795933273.5201416	Submitting	submitting	1
j3abk4v3gs	1795933273.5722387	Accepted	not_started	2
jyjx7vbvdt	1795933273.5802047	Accepted	not_started	2
j3abk4v3gs	1795933274.1375353	Rendered	fetching	3
j3abk4v3gs	1795933274.1607656	Stored	finished	4
jyjx7vbvdt	1795933274.1840484	Rendered	fetching	3
jyjx7vbvdt	1795933274.2303393	Stored	finished	4
jsqasjh3dr	1795933274.2726872	Planned	planned	0
jsqasjh3dr	1795933274.276173	Submitting	submitting	1
jsqasjh3dr	1795933274.3325813	Accepted	not_started	2
jsqasjh3dr	1795933274.8881872	Rendered	fetching	3
jsqasjh3dr	1795933274.9276898	Stored	finished	4
jt3jnmq39e	1795933274.950816	Planned	planned	0
jt3jnmq39e	1795933274.9620647	Submitting	submitting	1
jt3jnmq39e	1795933275.024575	Accepted	not_started	2
jt3jnmq39e	1795933275.5983284	Rendered	fetching	3
jt3jnmq39e	1795933275.6081903	Stored	finished	4
jkhx5qd6n2	1795933277.9171033	Planned	planned	0
jkhx5qd6n2	1795933278.448454	Submitting	submitting	1
jkhx5qd6n2	1795933278.4646757	Accepted	not_started	2
jkhx5qd6n2	1795933279.0568748	Progressed	running	3
jkhx5qd6n2	1795933280.4753563	Rendered	fetching	4
jkhx5qd6n2	1795933280.688431	Stored	finished	5
jk28ad7zyx	1795933280.753146	Planned	planned	0
jk28ad7zyx	1795933280.7675526	Uploading	uploading	1
jk28ad7zyx	1795933280.7961245	Submitting	submitting	2
jk28ad7zyx	1795933280.8164954	Accepted	not_started	3
jk28ad7zyx	1795933281.4069805	Progressed	running	4
jk28ad7zyx	1795933282.8219278	Rendered	fetching	5
jk28ad7zyx	1795933282.995625	Stored	finished	6
jwrxan4sbg	1795933285.3012424	Planned	planned	0
jwrxan4sbg	1795933285.3077435	Submitting	submitting	1
jwrxan4sbg	1795933285.364616	Accepted	not_started	2
jwrxan4sbg	1795933285.9349127	Rendered	fetching	3
jwrxan4sbg	1795933286.0604818	Stored	finished	4
ja6gbkr4r6	1795933286.0661738	Planned	planned	0
ja6gbkr4r6	1795933286.071321	Submitting	submitting	1
ja6gbkr4r6	1795933286.1250465	Accepted	not_started	2
ja6gbkr4r6	1795933286.6940644	Rendered	fetching	3
ja6gbkr4r6	1795933286.7050378	Stored	finished	4
jnvdxxr7q7	1795933286.7083185	Planned	planned	0
jnvdxxr7q7	1795933286.7097733	Submitting	submitting	1
jnvdxxr7q7	1795933286.7626197	Accepted	not_started	2
jnvdxxr7q7	1795933287.3223634	Rendered	fetching	3
jnvdxxr7q7	1795933287.3312333	Stored	finished	4
jzkcepacks	1795933287.3613179	Planned	planned	0
jzkcepacks	1795933287.3647602	Submitting	submitting	1
jzkcepacks	1795933287.4179366	Accepted	not_started	2
jzkcepacks	1795933287.9877458	Rendered	fetching	3
jzkcepacks	1795933288.0065498	Stored	finished	4
jzdhtbs9qw	1795933288.010287	Planned	planned	0
jzdhtbs9qw	1795933288.01213	Submitting	submitting	1
jzdhtbs9qw	1795933288.064256	Accepted	not_started	2
jzdhtbs9qw	1795933288.6229284	Rendered	fetching	3
jzdhtbs9qw	1795933288.6523776	Stored	finished	4
jktuprbyw2	1795933288.657126	Planned	planned	0
jktuprbyw2	1795933288.660759	Uploading	uploading	1
jktuprbyw2	1795933288.6883225	Submitting	submitting	2
jktuprbyw2	1795933288.7401297	Accepted	not_started	3
jktuprbyw2	1795933289.2932231	Rendered	fetching	4
jktuprbyw2	1795933289.3018477	Stored	finished	5
jr5wx2vs64	1795933289.3053355	Planned	planned	0
jr5wx2vs64	1795933289.3083372	Uploading	uploading	1
jr5wx2vs64	1795933289.353742	Submitting	submitting	2
jr5wx2vs64	1795933289.4044986	Accepted	not_started	3
jr5wx2vs64	1795933289.94869	Rendered	fetching	4
jr5wx2vs64	1795933289.9556139	Stored	finished	5
jquzketwdv	1795933289.9581776	Planned	planned	0
jquzketwdv	1795933289.9596653	Submitting	submitting	1
jquzketwdv	1795933290.0105255	Accepted	not_started	2
jquzketwdv	1795933290.5642865	Rendered	fetching	3
jquzketwdv	1795933290.6460938	Stored	finished	4
j3z2j63r8t	1795933290.7801826	Planned	planned	0
jmyct6nx7e	1795933290.7802613	Planned	planned	0
j3z2j63r8t	1795933290.8026528	Submitting	submitting	1
jmyct6nx7e	1795933290.802706	Submitting	submitting	1
j3z2j63r8t	1795933290.8603559	Accepted	not_started	2
jmyct6nx7e	1795933290.8604333	Accepted	not_started	2
j3z2j63r8t	1795933291.4019027	Rendered	fetching	3
j3z2j63r8t	1795933291.414264	Stored	finished	4
jmyct6nx7e	1795933291.448477	Rendered	fetching	3
jmyct6nx7e	1795933291.4914055	Stored	finished	4
jwev8mm66q	1795933291.51612	Planned	planned	0
jhmfvs5jm5	1795933291.5162075	Planned	planned	0
jwev8mm66q	1795933291.5274649	Submitting	submitting	1
jhmfvs5jm5	1795933291.5281956	Submitting	submitting	1
jhmfvs5jm5	1795933291.5850148	Accepted	not_started	2
jwev8mm66q	1795933291.5850945	Accepted	not_started	2
jwev8mm66q	1795933292.1153922	Rendered	fetching	3
jwev8mm66q	1795933292.123563	Stored	finished	4
jhmfvs5jm5	1795933292.1640499	Rendered	fetching	3
jhmfvs5jm5	1795933292.1711907	Stored	finished	4
jkc3anjfc2	1795933293.1321905	Planned	planned	0
j8f4pbf8us	1795933293.1322603	Planned	planned	0
jfgwav6wdy	1795933293.1322837	Planned	planned	0
jh792enbx9	1795933293.1323016	Planned	planned	0
jqdm54vkd3	1795933293.1397629	Planned	planned	0
jah6g7qfsw	1795933293.141029	Planned	planned	0
jtazun5ky4	1795933293.1422951	Planned	planned	0
jkc3anjfc2	1795933293.1432276	Submitting	submitting	1
j8f4pbf8us	1795933293.143254	Submitting	submitting	1
jfgwav6wdy	1795933293.143272	Submitting	submitting	1
jh792enbx9	1795933293.1432889	Submitting	submitting	1
j9skyn9a3m	1795933293.1443272	Planned	planned	0
jqdm54vkd3	1795933293.1465282	Submitting	submitting	1
jah6g7qfsw	1795933293.1466787	Submitting	submitting	1
jtazun5ky4	1795933293.146699	Submitting	submitting	1
jpvgxur6u3	1795933293.1462874	Planned	planned	0
j9skyn9a3m	1795933293.1516984	Submitting	submitting	1
jrqmpqtgpt	1795933293.1492348	Planned	planned	0
jzdhrsx3wb	1795933293.1501226	Planned	planned	0
jpwgqs2ezt	1795933293.1509032	Planned	planned	0
j8f4pbf8us	1795933293.264099	Accepted	not_started	2
jpvgxur6u3	1795933293.2641678	Submitting	submitting	1
jfgwav6wdy	1795933293.2713156	Accepted	not_started	2
jh792enbx9	1795933293.2715096	Refused	refused	2
jkc3anjfc2	1795933293.2715857	Accepted	not_started	2
jrqmpqtgpt	1795933293.2721634	Submitting	submitting	1
jzdhrsx3wb	1795933293.2722323	Submitting	submitting	1
jpwgqs2ezt	1795933293.2722464	Submitting	submitting	1
jfrc5w6mxf	1795933293.2735093	Planned	planned	0
jpvgxur6u3	1795933293.2772584	AnswerLost	uncertain	2
jqdm54vkd3	1795933293.280682	Accepted	not_started	2
jtazun5ky4	1795933293.2807605	Accepted	not_started	2
jah6g7qfsw	1795933293.280823	Accepted	not_started	2
jrqmpqtgpt	1795933293.289601	AnswerLost	uncertain	2
jfrc5w6mxf	1795933293.2905266	Uploading	uploading	1
jpwgqs2ezt	1795933293.3321462	Refused	refused	2
jzdhrsx3wb	1795933293.3322384	Accepted	not_started	2
j8f4pbf8us	1795933293.8724291	Rendered	fetching	3
jfgwav6wdy	1795933293.8761141	Progressed	running	3
jkc3anjfc2	1795933293.8762689	Rendered	fetching	3
jah6g7qfsw	1795933293.88015	Progressed	running	3
jtazun5ky4	1795933293.8805766	Rendered	fetching	3
jzdhrsx3wb	1795933293.941078	Failed	failed	3
j8f4pbf8us	1795933293.945021	Stored	finished	4
jkc3anjfc2	1795933293.9450498	Stored	finished	4
jvzc8fdu86	1795933294.3829622	Planned	planned	0
jvzc8fdu86	1795933294.6862044	Submitting	submitting	1
jvzc8fdu86	1795933294.7825017	PutBack	planned	2
jd7a6ektby	1795933298.2989025	Planned	planned	0
jd7a6ektby	1795933298.5771196	Submitting	submitting	1
jd7a6ektby	1795933298.5816245	Accepted	not_started	2
jd7a6ektby	1795933299.1645343	Progressed	running	3
jrqmpqtgpt	1795933299.4393334	Forgotten	refused	3
jwaits4tram	1795933294.141029	Planned	waiting	0
\.


--
-- Data for Name: jobs; Type: TABLE DATA; Schema: vidgo; Owner: -
--

COPY vidgo.jobs (job_id, fingerprint, generation, provider, api, model, kind, request, store, notebook, owner, lease_until, state, quoted, charge, task_id, file_url, digest, message, created_at, submitted_at, rendered_at, ended_at) FROM stdin;
j9pgvjpemq	d6067f0f122cc1a5593f458f725520c88704a825090f9c1790b25f417979fe53	0	vidgo	https://api.vidgo.ai	gpt-image-2	vidgo/gpt-image-2/low/1K	{"prompt": "A harbour at dawn", "model": "gpt-image-2", "quality": null, "size": "1:1", "resolution": "1K", "references": [], "take": 1, "callback_url": null, "template": "", "values": []}	/home/jovyan/study/.vidgo	study.ipynb	00000000-0000-4000-8000-000000000000/pid:[4026531836]|4242|1000|336efc748dce	1795933283.9877882	finished	2	2	task-a-harbour-at-dawn-1	https://storage.vidgo.ai/generated/task-a-harbour-at-dawn-1.png	007e4a2121dc8cd8b3d4ec54a934928f3e7ad5792aa72a75c073d9cc54cb3b3d		1795933268.9877882	1795933269.6324246	1795933270.3977437	1795933270.5272746
jmy6g26rg4	053850eb626fab522b654aff3f88d93686e9273e0c195666cf5a267953648b6d	0	vidgo	https://api.vidgo.ai	gpt-image-2	vidgo/gpt-image-2/high/2K	{"prompt": "A photo of a red lighthouse", "model": "gpt-image-2", "quality": "high", "size": "16:9", "resolution": "2K", "references": [], "take": 1, "callback_url": null, "template": "A photo of a {{ colour }} lighthouse", "values": [["colour", "red"]]}	/home/jovyan/study/.vidgo	study.ipynb	00000000-0000-4000-8000-000000000000/pid:[4026531836]|4242|1000|336efc748dce	1795933285.6187766	finished	24	24	task-a-photo-of-a-red-lighthouse-1	https://storage.vidgo.ai/generated/task-a-photo-of-a-red-lighthouse-1.png	c01dd7bc4b0bc4d6f2c14d17fa4b74bcf370cd16a802c9b1d1fb503246090aaf		1795933270.6187766	1795933270.6427748	1795933271.284973	1795933271.2933373
jz4uwv9872	f91acadc66a30e8a20bc7ed9de801367eb74d62025842cc2d5bff0e853959dd9	0	vidgo	https://api.vidgo.ai	gpt-image-2-edit	vidgo/gpt-image-2-edit/low/1K	{"prompt": "Put the lamp of image 2 into image 1", "model": "gpt-image-2-edit", "quality": null, "size": null, "resolution": null, "references": [{"kind": "bytes", "value": "007e4a2121dc8cd8b3d4ec54a934928f3e7ad5792aa72a75c073d9cc54cb3b3d", "name": "harbour", "parent": "d6067f0f122cc1a5593f458f725520c88704a825090f9c1790b25f417979fe53"}, {"kind": "bytes", "value": "34e47926bde8c0720dce5c794143958292ba65417dde26aa5cf98857dfe82edd", "name": "lamp.png", "parent": ""}], "take": 1, "callback_url": null, "template": "", "values": []}	/home/jovyan/study/.vidgo	study.ipynb	00000000-0000-4000-8000-000000000000/pid:[4026531836]|4242|1000|336efc748dce	1795933286.3294015	finished	2	2	task-put-the-lamp-of-image-2-into-image-1-1	https://storage.vidgo.ai/generated/task-put-the-lamp-of-image-2-into-image-1-1.png	0e1be95f8e7eea0d0258e0463eb92bc70c1c5f24fac423ff341c5539e687329c		1795933271.3294015	1795933271.3942206	1795933272.0117643	1795933272.0201406
jch2krmr2x	2371248f48e92b402aec5a37f54b274c202f1661036170283a3c3e5ab36af5ba	0	vidgo	https://api.vidgo.ai	gpt-image-2-edit	vidgo/gpt-image-2-edit/low/1K	{"prompt": "Give the cup a blue glaze", "model": "gpt-image-2-edit", "quality": null, "size": null, "resolution": null, "references": [{"kind": "url", "value": "https://images.example.com/cup.png?X-Amz-Date=20260427T103000Z&X-Amz-Signature=00000000ffffffff", "name": "https://images.example.com/cup.png?X-Amz-Date=20260427T103000Z&X-Amz-Signature=00000000ffffffff", "parent": ""}], "take": 1, "callback_url": null, "template": "", "values": []}	/home/jovyan/study/.vidgo	study.ipynb	00000000-0000-4000-8000-000000000000/pid:[4026531836]|4242|1000|336efc748dce	1795933287.032829	finished	2	2	task-give-the-cup-a-blue-glaze-1	https://storage.vidgo.ai/generated/task-give-the-cup-a-blue-glaze-1.png	5036004e2bbfeb29670ffe89974c4fa19470feaeabd3fdaafb9284748de01ee8		1795933272.032829	1795933272.0351121	1795933272.654398	1795933272.6630056
jx6vmbhsa7	e5c3b11ee5e02c0f283b8711827201c1625e730616b3848fadc8a144e533fa16	0	vidgo	https://api.vidgo.ai	gpt-image-2	vidgo/gpt-image-2/low/1K	{"prompt": "A fox in the snow", "model": "gpt-image-2", "quality": null, "size": null, "resolution": null, "references": [], "take": 1, "callback_url": null, "template": "", "values": []}	/home/jovyan/study/.vidgo	study.ipynb	00000000-0000-4000-8000-000000000000/pid:[4026531836]|4242|1000|336efc748dce	1795933287.7221816	finished	2	2	task-a-fox-in-the-snow-2	https://storage.vidgo.ai/generated/task-a-fox-in-the-snow-2.png	9bd2db2e696e4a8204531dce742ee1036f32d79e09849a980422d5198b7fb835		1795933272.7221816	1795933272.7244189	1795933273.3471336	1795933273.4202976
jtuzx243uc	f3d8b7a9326277351fc5af084da53f9d22645bdd155bbfc8dc5ba1f4a88a7318	0	vidgo	https://api.vidgo.ai	gpt-image-2	vidgo/gpt-image-2/low/1K	{"prompt": "A fox in the snow", "model": "gpt-image-2", "quality": null, "size": null, "resolution": null, "references": [], "take": 2, "callback_url": null, "template": "", "values": []}	/home/jovyan/study/.vidgo	study.ipynb	00000000-0000-4000-8000-000000000000/pid:[4026531836]|4242|1000|336efc748dce	1795933287.72226	finished	2	2	task-a-fox-in-the-snow-1	https://storage.vidgo.ai/generated/task-a-fox-in-the-snow-1.png	80f73fcdb342a2f5a42d83da498bff80f74ccaf3b578531d5cd98b888e89d77d		1795933272.72226	1795933272.7244606	1795933273.4323087	1795933273.4879754
j3abk4v3gs	116071dcf4030373883c0c91c4f8d7df10c40c9c2fcee8713a421c9577d46414	0	vidgo	https://api.vidgo.ai	gpt-image-2	vidgo/gpt-image-2/low/1K	{"prompt": "An owl in a barn", "model": "gpt-image-2", "quality": "low", "size": "1:1", "resolution": "1K", "references": [], "take": 1, "callback_url": null, "template": "", "values": []}	/home/jovyan/study/.vidgo	study.ipynb	00000000-0000-4000-8000-000000000000/pid:[4026531836]|4242|1000|336efc748dce	1795933288.514982	finished	2	2	task-an-owl-in-a-barn-1	https://storage.vidgo.ai/generated/task-an-owl-in-a-barn-1.png	340c2f5d7e443adff4b67a1ad0924599baa1fe60d5b6d74a3d51af3860518f96		1795933273.514982	1795933273.5200968	1795933274.1375353	1795933274.1607656
jyjx7vbvdt	36723062ab910c5337a6337b8184b7133eb55fd8dd9c256f42dbdef4ec922289	0	vidgo	https://api.vidgo.ai	gpt-image-2	vidgo/gpt-image-2/medium/1K	{"prompt": "An owl in a barn", "model": "gpt-image-2", "quality": "medium", "size": "1:1", "resolution": "1K", "references": [], "take": 1, "callback_url": null, "template": "", "values": []}	/home/jovyan/study/.vidgo	study.ipynb	00000000-0000-4000-8000-000000000000/pid:[4026531836]|4242|1000|336efc748dce	1795933288.5150425	finished	3	3	task-an-owl-in-a-barn-2	https://storage.vidgo.ai/generated/task-an-owl-in-a-barn-2.png	c41321e030671b5eaac14c61162730630c630eb24d041fef2b29c405e95c152f		1795933273.5150425	1795933273.5201416	1795933274.1840484	1795933274.2303393
jsqasjh3dr	82bd3a4f3ab9c252a344fb2acda1f10373891bc6a6f358b640bc8ae737574d1f	0	vidgo	https://api.vidgo.ai	gpt-image-2	vidgo/gpt-image-2/low/1K	{"prompt": "A paper crane", "model": "gpt-image-2", "quality": null, "size": "3:2", "resolution": "1K", "references": [], "take": 1, "callback_url": null, "template": "", "values": []}	/home/jovyan/study/.vidgo	study.ipynb	00000000-0000-4000-8000-000000000000/pid:[4026531836]|4242|1000|336efc748dce	1795933289.6114366	finished	2	2	task-a-paper-crane-1	https://storage.vidgo.ai/generated/task-a-paper-crane-1.png	09a14511a8e377dfc655ee1b75ce294c216030ef02e78aeba191724c4f279ba7		1795933274.2726872	1795933274.276173	1795933274.8881872	1795933274.9276898
jt3jnmq39e	9b8ffc28cd6cabe4e7906106e7d5a5bb0a6b2f8be370213e8370676dffcf18d3	0	vidgo	https://api.vidgo.ai	flux-2-pro	vidgo/flux-2-pro/-/1K	{"prompt": "A garden of moss", "model": "flux-2-pro", "quality": null, "size": "4:3", "resolution": "1K", "references": [], "take": 1, "callback_url": null, "template": "", "values": []}	/home/jovyan/study/.vidgo	study.ipynb	00000000-0000-4000-8000-000000000000/pid:[4026531836]|4242|1000|336efc748dce	1795933289.950816	finished	\N	\N	task-a-garden-of-moss-1	https://storage.vidgo.ai/generated/task-a-garden-of-moss-1.png	c1ade175b11fa2a5283eb4fe1f0c0678b3112c55f0bda47bff0bb8a64215aab0		1795933274.950816	1795933274.9620647	1795933275.5983284	1795933275.6081903
jkhx5qd6n2	6e430541e7e81047e141b6dd987bb77e00bc731ce82685319b54a4f6a9d9ed5f	0	emulator	in-kernel	gpt-image-2	emulator/gpt-image-2/low/1K	{"prompt": "A paper boat on a pond", "model": "gpt-image-2", "quality": null, "size": "16:9", "resolution": "1K", "references": [], "take": 1, "callback_url": null, "template": "", "values": []}	/home/jovyan/study/.vidgo	study.ipynb	00000000-0000-4000-8000-000000000000/pid:[4026531836]|4242|1000|323d11ffe06c	1795933292.9171033	finished	2	2	task-unified-1795933278-m2ksq568	http://emulator.localhost/files/task-unified-1795933278-m2ksq568.png	226e3f475d93a888e2b1f6a5278cc94cb6012e831cc09e14c020ae727113acdc		1795933277.9171033	1795933278.448454	1795933280.4753563	1795933280.688431
jk28ad7zyx	8269600833e7df3452aab1f8e54db10df7e0c31850552e3d0f4e5d3dd0b86b7a	0	emulator	in-kernel	gpt-image-2-edit	emulator/gpt-image-2-edit/low/1K	{"prompt": "Add a swan", "model": "gpt-image-2-edit", "quality": null, "size": "16:9", "resolution": "1K", "references": [{"kind": "bytes", "value": "226e3f475d93a888e2b1f6a5278cc94cb6012e831cc09e14c020ae727113acdc", "name": "boat", "parent": "6e430541e7e81047e141b6dd987bb77e00bc731ce82685319b54a4f6a9d9ed5f"}], "take": 1, "callback_url": null, "template": "", "values": []}	/home/jovyan/study/.vidgo	study.ipynb	00000000-0000-4000-8000-000000000000/pid:[4026531836]|4242|1000|323d11ffe06c	1795933295.753146	finished	2	2	task-unified-1795933280-98600rk0	http://emulator.localhost/files/task-unified-1795933280-98600rk0.png	ae18e8d09c290ea4275cf38b39c3dd30d8a5a18b5c44ad7c79470d9020ee04fa		1795933280.753146	1795933280.7961245	1795933282.8219278	1795933282.995625
jwrxan4sbg	46e30ec1fd3c531343ff23d97dc99622990838f90828a71120c3cfbc9f27e559	0	vidgo	https://api.vidgo.ai	gpt-image-2	vidgo/gpt-image-2/medium/1K	{"prompt": "A lantern in a window", "model": "gpt-image-2", "quality": "medium", "size": null, "resolution": null, "references": [], "take": 1, "callback_url": null, "template": "", "values": []}	/home/jovyan/study/.vidgo		00000000-0000-4000-8000-000000000000/pid:[4026531836]|4242|1000|c9f915be4170	1795933300.3012424	finished	3	3	task-a-lantern-in-a-window-1	https://storage.vidgo.ai/generated/task-a-lantern-in-a-window-1.png	2d7a8c6bdeeff8cd6b2d3ed72bb62135799619165795f7b2d4393f23395550c4		1795933285.3012424	1795933285.3077435	1795933285.9349127	1795933286.0604818
ja6gbkr4r6	46e30ec1fd3c531343ff23d97dc99622990838f90828a71120c3cfbc9f27e559	1	vidgo	https://api.vidgo.ai	gpt-image-2	vidgo/gpt-image-2/medium/1K	{"prompt": "A lantern in a window", "model": "gpt-image-2", "quality": "medium", "size": null, "resolution": null, "references": [], "take": 1, "callback_url": null, "template": "", "values": []}	/home/jovyan/study/.vidgo		00000000-0000-4000-8000-000000000000/pid:[4026531836]|4242|1000|c9f915be4170	1795933301.0661738	finished	3	3	task-a-lantern-in-a-window-2	https://storage.vidgo.ai/generated/task-a-lantern-in-a-window-2.png	ddfc3f90380e1d89742ac78282cb4e82cff27925788ce8675f725edc59217b85		1795933286.0661738	1795933286.071321	1795933286.6940644	1795933286.7050378
jnvdxxr7q7	46e30ec1fd3c531343ff23d97dc99622990838f90828a71120c3cfbc9f27e559	2	vidgo	https://api.vidgo.ai	gpt-image-2	vidgo/gpt-image-2/medium/1K	{"prompt": "A lantern in a window", "model": "gpt-image-2", "quality": "medium", "size": null, "resolution": null, "references": [], "take": 1, "callback_url": null, "template": "", "values": []}	/home/jovyan/study/.vidgo		00000000-0000-4000-8000-000000000000/pid:[4026531836]|4242|1000|c9f915be4170	1795933301.7083185	finished	3	3	task-a-lantern-in-a-window-3	https://storage.vidgo.ai/generated/task-a-lantern-in-a-window-3.png	e5c72f4516c486b5713197ba71cc7011a72f412b7a7d373756002f3efe63e0a1		1795933286.7083185	1795933286.7097733	1795933287.3223634	1795933287.3312333
jzkcepacks	175b5905b45da9cdaeb8d683060d8c3cb2c8b4f51b40cb7b68a88ff9a3608fb9	0	vidgo	https://api.vidgo.ai	gpt-image-2-edit	vidgo/gpt-image-2-edit/low/1K	{"prompt": "Stand the lamp on a table", "model": "gpt-image-2-edit", "quality": null, "size": null, "resolution": null, "references": [{"kind": "bytes", "value": "34e47926bde8c0720dce5c794143958292ba65417dde26aa5cf98857dfe82edd", "name": "lamp.png", "parent": ""}], "take": 1, "callback_url": null, "template": "", "values": []}	/home/jovyan/study/.vidgo		00000000-0000-4000-8000-000000000000/pid:[4026531836]|4242|1000|c9f915be4170	1795933302.3613179	finished	2	2	task-stand-the-lamp-on-a-table-1	https://storage.vidgo.ai/generated/task-stand-the-lamp-on-a-table-1.png	358f017ddfb129dae29f35a3bb578e4cb8fc23e71e676df4bf47646204bd6660		1795933287.3613179	1795933287.3647602	1795933287.9877458	1795933288.0065498
jzdhtbs9qw	848ce834761c9db4a9c7f6dea1a60ed68fc42ae97b99ce6c36e97f7c2a750d13	0	vidgo	https://api.vidgo.ai	gpt-image-2-edit	vidgo/gpt-image-2-edit/low/1K	{"prompt": "Give the cup a red glaze", "model": "gpt-image-2-edit", "quality": null, "size": null, "resolution": null, "references": [{"kind": "url", "value": "https://images.example.com/cup.png?X-Amz-Date=20260427T103000Z&X-Amz-Signature=00000000ffffffff", "name": "https://images.example.com/cup.png?X-Amz-Date=20260427T103000Z&X-Amz-Signature=00000000ffffffff", "parent": ""}], "take": 1, "callback_url": null, "template": "", "values": []}	/home/jovyan/study/.vidgo		00000000-0000-4000-8000-000000000000/pid:[4026531836]|4242|1000|c9f915be4170	1795933303.010287	finished	2	2	task-give-the-cup-a-red-glaze-1	https://storage.vidgo.ai/generated/task-give-the-cup-a-red-glaze-1.png	d08195b00016ec49bd061134091a4b2ac74fe1d09e9c8ff2c7926666433942f5		1795933288.010287	1795933288.01213	1795933288.6229284	1795933288.6523776
jktuprbyw2	1c1ae3faacbe8c29ea79d481517b1e1ec5c7d69a1f1f8471a7e01691c9614446	0	vidgo	https://api.vidgo.ai	gpt-image-2-edit	vidgo/gpt-image-2-edit/low/1K	{"prompt": "Move the lantern to the left", "model": "gpt-image-2-edit", "quality": null, "size": null, "resolution": null, "references": [{"kind": "bytes", "value": "e5c72f4516c486b5713197ba71cc7011a72f412b7a7d373756002f3efe63e0a1", "name": "an earlier picture", "parent": "46e30ec1fd3c531343ff23d97dc99622990838f90828a71120c3cfbc9f27e559"}], "take": 1, "callback_url": null, "template": "", "values": []}	/home/jovyan/study/.vidgo		00000000-0000-4000-8000-000000000000/pid:[4026531836]|4242|1000|c9f915be4170	1795933303.657126	finished	2	2	task-move-the-lantern-to-the-left-1	https://storage.vidgo.ai/generated/task-move-the-lantern-to-the-left-1.png	24588480104d96ee3223692eaf3a9932ee3694074a0577f6b30d809ef4c357b7		1795933288.657126	1795933288.6883225	1795933289.2932231	1795933289.3018477
jr5wx2vs64	12a36b5f88a905b1dda6a322b6486f57cb330176623654c296e48a1868208d51	0	vidgo	https://api.vidgo.ai	gpt-image-2-edit	vidgo/gpt-image-2-edit/low/1K	{"prompt": "Frame the mirror in oak", "model": "gpt-image-2-edit", "quality": null, "size": null, "resolution": null, "references": [{"kind": "pixels", "value": "ce10d5079cda66d909c2b8a348c8a2da0b141172b84f1d8f1fef487fd6d7e16a", "name": "a PIL image", "parent": ""}], "take": 1, "callback_url": null, "template": "", "values": []}	/home/jovyan/study/.vidgo		00000000-0000-4000-8000-000000000000/pid:[4026531836]|4242|1000|c9f915be4170	1795933304.3053355	finished	2	2	task-frame-the-mirror-in-oak-1	https://storage.vidgo.ai/generated/task-frame-the-mirror-in-oak-1.png	d8d7cbd81992e2eb22d4676e6eba46fe36c04041c70f5f331d65fbf6c3f973e3		1795933289.3053355	1795933289.353742	1795933289.94869	1795933289.9556139
jquzketwdv	d0bc730b73c669fa2ee6c38ed4e7d109e5b521b2ed5297ef113396b03d29a00d	0	vidgo	https://api.vidgo.ai	gpt-image-2	vidgo/gpt-image-2/low/1K	{"prompt": "A sketch of a mill", "model": "gpt-image-2", "quality": null, "size": null, "resolution": null, "references": [], "take": 1, "callback_url": null, "template": "", "values": []}	/home/jovyan/study/.vidgo		00000000-0000-4000-8000-000000000000/pid:[4026531836]|4242|1000|c9f915be4170	1795933305.1080031	finished	2	2	task-a-sketch-of-a-mill-1	https://storage.vidgo.ai/generated/task-a-sketch-of-a-mill-1.png	3dc501629e41e2fea63d66cb70d67177a9220f742dcc5c904e869b9596655678		1795933289.9581776	1795933289.9596653	1795933290.5642865	1795933290.6460938
j3z2j63r8t	71bb59249a2338ed3781299a919fedf7cef57f9bedfe30f1234ac3ef64ee8c45	0	vidgo	https://api.vidgo.ai	gpt-image-2	vidgo/gpt-image-2/low/1K	{"prompt": "A blue plate", "model": "gpt-image-2", "quality": null, "size": null, "resolution": null, "references": [], "take": 1, "callback_url": null, "template": "A {{ glaze }} plate", "values": [["glaze", "blue"]]}	/home/jovyan/study/.vidgo		00000000-0000-4000-8000-000000000000/pid:[4026531836]|4242|1000|c9f915be4170	1795933305.7801826	finished	2	2	task-a-blue-plate-1	https://storage.vidgo.ai/generated/task-a-blue-plate-1.png	e8a87d77531f50c08e1575ee6320336e0d348b6ebf119bee5b0b9842363edd28		1795933290.7801826	1795933290.8026528	1795933291.4019027	1795933291.414264
jmyct6nx7e	55678fe83e76097a3d69e0f51aa736ab33a340b5e6ceb76229b2d158d14fa240	0	vidgo	https://api.vidgo.ai	gpt-image-2	vidgo/gpt-image-2/low/1K	{"prompt": "A green plate", "model": "gpt-image-2", "quality": null, "size": null, "resolution": null, "references": [], "take": 1, "callback_url": null, "template": "A {{ glaze }} plate", "values": [["glaze", "green"]]}	/home/jovyan/study/.vidgo		00000000-0000-4000-8000-000000000000/pid:[4026531836]|4242|1000|c9f915be4170	1795933305.7802613	finished	2	2	task-a-green-plate-1	https://storage.vidgo.ai/generated/task-a-green-plate-1.png	5969a7dff886b06c444f415d64f52a4cd4478eb96d3c4e7ad8cf23c6f6a301f6		1795933290.7802613	1795933290.802706	1795933291.448477	1795933291.4914055
jwev8mm66q	47039cef9261dfb065ec65ce7dc2b07bcdb7fe7c70f79fe2f550450f7b46db29	0	vidgo	https://api.vidgo.ai	gpt-image-2-edit	vidgo/gpt-image-2-edit/low/1K	{"prompt": "Draw the lamp in ink", "model": "gpt-image-2-edit", "quality": null, "size": null, "resolution": null, "references": [{"kind": "bytes", "value": "34e47926bde8c0720dce5c794143958292ba65417dde26aa5cf98857dfe82edd", "name": "lamp.png", "parent": ""}], "take": 1, "callback_url": null, "template": "", "values": []}	/home/jovyan/study/.vidgo		00000000-0000-4000-8000-000000000000/pid:[4026531836]|4242|1000|c9f915be4170	1795933306.51612	finished	2	2	task-draw-the-lamp-in-ink-1	https://storage.vidgo.ai/generated/task-draw-the-lamp-in-ink-1.png	d22a9c59571f89cf6472d0fec9e05fc6e7cd76b7159a84b31f86810fcaaa5cfe		1795933291.51612	1795933291.5274649	1795933292.1153922	1795933292.123563
jhmfvs5jm5	6fa861c115992510be873c90aca619161b46c5e570ad615d93a57c3b1e60af32	0	vidgo	https://api.vidgo.ai	gpt-image-2-edit	vidgo/gpt-image-2-edit/low/1K	{"prompt": "Draw the lamp in chalk", "model": "gpt-image-2-edit", "quality": null, "size": null, "resolution": null, "references": [{"kind": "bytes", "value": "34e47926bde8c0720dce5c794143958292ba65417dde26aa5cf98857dfe82edd", "name": "lamp.png", "parent": ""}], "take": 1, "callback_url": null, "template": "", "values": []}	/home/jovyan/study/.vidgo		00000000-0000-4000-8000-000000000000/pid:[4026531836]|4242|1000|c9f915be4170	1795933306.5162075	finished	2	2	task-draw-the-lamp-in-chalk-1	https://storage.vidgo.ai/generated/task-draw-the-lamp-in-chalk-1.png	393245e4ab82d17b0d4d2b99eea6b90fd40c31d1b45f76a4898badb49dd90c77		1795933291.5162075	1795933291.5281956	1795933292.1640499	1795933292.1711907
jkc3anjfc2	004424e693a3306a72a4e8474c7af0b352cdfcdab8b80c0981294d086cdbd2b6	0	vidgo	https://api.vidgo.ai	gpt-image-2	vidgo/gpt-image-2/medium/2K	{"prompt": "A red bicycle", "model": "gpt-image-2", "quality": "medium", "size": "1:1", "resolution": "2K", "references": [], "take": 1, "callback_url": null, "template": "A {{ colour }} bicycle", "values": [["colour", "red"]]}	/home/jovyan/study/.vidgo		00000000-0000-4000-8000-000000000000/pid:[4026531836]|4242|1000|ce113c2a6a7e	1795933308.1321905	finished	6	6	task-a-red-bicycle-1	https://storage.vidgo.ai/generated/task-a-red-bicycle-1.png	76a32f52e4ee6a0b749df1f0263fa3e8d63e5dbb0f9c68758f3ead8a1a7b8342		1795933293.1321905	1795933293.1432276	1795933293.8762689	1795933293.9450498
j8f4pbf8us	9d3940a2cd457af1ec8d700a2fb82a119987990ca18b88731d986253ff58c380	0	vidgo	https://api.vidgo.ai	gpt-image-2	vidgo/gpt-image-2/medium/2K	{"prompt": "A green bicycle", "model": "gpt-image-2", "quality": "medium", "size": "1:1", "resolution": "2K", "references": [], "take": 1, "callback_url": null, "template": "A {{ colour }} bicycle", "values": [["colour", "green"]]}	/home/jovyan/study/.vidgo		00000000-0000-4000-8000-000000000000/pid:[4026531836]|4242|1000|ce113c2a6a7e	1795933308.1322603	finished	6	6	task-a-green-bicycle-1	https://storage.vidgo.ai/generated/task-a-green-bicycle-1.png	8e7056b18969301a10de3ae883b447e6c2be7b9b785b6ed68fa0f17d80b1ba1e		1795933293.1322603	1795933293.143254	1795933293.8724291	1795933293.945021
jfgwav6wdy	cd3b43253bfa25bf813ab52c67003be720f650b8ea6d1a43684cf2024195213e	0	vidgo	https://api.vidgo.ai	gpt-image-2	vidgo/gpt-image-2/medium/2K	{"prompt": "A blue bicycle", "model": "gpt-image-2", "quality": "medium", "size": "1:1", "resolution": "2K", "references": [], "take": 1, "callback_url": null, "template": "A {{ colour }} bicycle", "values": [["colour", "blue"]]}	/home/jovyan/study/.vidgo		00000000-0000-4000-8000-000000000000/pid:[4026531836]|4242|1000|ce113c2a6a7e	1795933308.1322837	running	6	\N	task-a-blue-bicycle-1	\N	\N		1795933293.1322837	1795933293.143272	\N	\N
jh792enbx9	2a05159ce1c6c8a405809f9e737538e0859e24d2fcb31710acafc237def8bc1b	0	vidgo	https://api.vidgo.ai	gpt-image-2	vidgo/gpt-image-2/medium/2K	{"prompt": "A white bicycle", "model": "gpt-image-2", "quality": "medium", "size": "1:1", "resolution": "2K", "references": [], "take": 1, "callback_url": null, "template": "A {{ colour }} bicycle", "values": [["colour", "white"]]}	/home/jovyan/study/.vidgo		00000000-0000-4000-8000-000000000000/pid:[4026531836]|4242|1000|ce113c2a6a7e	1795933308.1323016	refused	6	0	\N	\N	\N	The service answered 400: The request was not understood.	1795933293.1323016	1795933293.1432889	\N	1795933293.2715096
jqdm54vkd3	3c81bb8394eca4769274c318b9be3fb5057ff14245a2ad32d312b9f7da162889	0	vidgo	https://api.vidgo.ai	gpt-image-2	vidgo/gpt-image-2/high/1K	{"prompt": "A ferry in the fog", "model": "gpt-image-2", "quality": "high", "size": "1:1", "resolution": "1K", "references": [], "take": 1, "callback_url": null, "template": "", "values": []}	/home/jovyan/study/.vidgo		00000000-0000-4000-8000-000000000000/pid:[4026531836]|4242|1000|ce113c2a6a7e	1795933308.1397629	not_started	12	\N	task-a-ferry-in-the-fog-1	\N	\N		1795933293.1397629	1795933293.1465282	\N	\N
jah6g7qfsw	dbe7f6c0888c5d9ad516c018fd29d88b9c3b4c5e6bccf47229accf72832d8fa5	0	vidgo	https://api.vidgo.ai	gpt-image-2	vidgo/gpt-image-2/high/1K	{"prompt": "A tram in the rain", "model": "gpt-image-2", "quality": "high", "size": "1:1", "resolution": "1K", "references": [], "take": 1, "callback_url": null, "template": "", "values": []}	/home/jovyan/study/.vidgo		00000000-0000-4000-8000-000000000000/pid:[4026531836]|4242|1000|ce113c2a6a7e	1795933308.141029	running	12	\N	task-a-tram-in-the-rain-1	\N	\N		1795933293.141029	1795933293.1466787	\N	\N
jtazun5ky4	b7f6b2ff29909a775668243a58e92ca0517d89b4037437ba9d6a4ae9038c13bd	0	vidgo	https://api.vidgo.ai	gpt-image-2	vidgo/gpt-image-2/high/1K	{"prompt": "A balloon over hills", "model": "gpt-image-2", "quality": "high", "size": "1:1", "resolution": "1K", "references": [], "take": 1, "callback_url": null, "template": "", "values": []}	/home/jovyan/study/.vidgo		00000000-0000-4000-8000-000000000000/pid:[4026531836]|4242|1000|ce113c2a6a7e	1795933308.1422951	fetching	12	12	task-a-balloon-over-hills-1	https://storage.vidgo.ai/generated/task-a-balloon-over-hills-1.png	\N		1795933293.1422951	1795933293.146699	1795933293.8805766	\N
j9skyn9a3m	f060237daf2cacfd9d574620045150463f991e035981649840c11d7c2ea94a45	0	vidgo	https://api.vidgo.ai	gpt-image-2	vidgo/gpt-image-2/high/1K	{"prompt": "A train in a tunnel", "model": "gpt-image-2", "quality": "high", "size": "1:1", "resolution": "1K", "references": [], "take": 1, "callback_url": null, "template": "", "values": []}	/home/jovyan/study/.vidgo		00000000-0000-4000-8000-000000000000/pid:[4026531836]|4242|1000|ce113c2a6a7e	1795933308.1443272	submitting	12	\N	\N	\N	\N		1795933293.1443272	1795933293.1516984	\N	\N
jpvgxur6u3	1a597be2f2725c80d037655deb2ceea4f114cfb2b04dee3493791921483b627a	0	vidgo	https://api.vidgo.ai	gpt-image-2	vidgo/gpt-image-2/high/1K	{"prompt": "A truck on a bridge", "model": "gpt-image-2", "quality": "high", "size": "1:1", "resolution": "1K", "references": [], "take": 1, "callback_url": null, "template": "", "values": []}	/home/jovyan/study/.vidgo		00000000-0000-4000-8000-000000000000/pid:[4026531836]|4242|1000|ce113c2a6a7e	1795933308.1462874	uncertain	12	\N	\N	\N	\N	The answer of https://api.vidgo.ai was lost (the connection broke off).	1795933293.1462874	1795933293.2641678	\N	1795933293.2772584
jrqmpqtgpt	e49ac31eac0a0caa26532d7ae648a97ab53254f4361a6256794356d5077c3d94	0	vidgo	https://api.vidgo.ai	gpt-image-2	vidgo/gpt-image-2/high/1K	{"prompt": "A rocket at night", "model": "gpt-image-2", "quality": "high", "size": "1:1", "resolution": "1K", "references": [], "take": 1, "callback_url": null, "template": "", "values": []}	/home/jovyan/study/.vidgo		00000000-0000-4000-8000-000000000000/pid:[4026531836]|4242|1000|ef56a3a79f9f	1795933314.4393334	refused	12	\N	\N	\N	\N	It was settled by hand, and is no longer looked for.	1795933293.1492348	1795933293.2721634	\N	1795933299.4393334
jzdhrsx3wb	5eda6a9b12fb30b8d62b61000c770650aa9c5914923aab14e3b7bd97241756be	0	vidgo	https://api.vidgo.ai	gpt-image-2	vidgo/gpt-image-2/high/1K	{"prompt": "A kite in a storm", "model": "gpt-image-2", "quality": "high", "size": "1:1", "resolution": "1K", "references": [], "take": 1, "callback_url": null, "template": "", "values": []}	/home/jovyan/study/.vidgo		00000000-0000-4000-8000-000000000000/pid:[4026531836]|4242|1000|ce113c2a6a7e	1795933308.1501226	failed	12	0	task-a-kite-in-a-storm-1	\N	\N	Unsafe content	1795933293.1501226	1795933293.2722323	\N	1795933293.941078
jpwgqs2ezt	cc201bda8ead546d91f091df6cbf1379af8c85ed4b8607a9e726486db01fdd79	0	vidgo	https://api.vidgo.ai	gpt-image-2	vidgo/gpt-image-2/high/1K	{"prompt": "A canoe on rapids", "model": "gpt-image-2", "quality": "high", "size": "1:1", "resolution": "1K", "references": [], "take": 1, "callback_url": null, "template": "", "values": []}	/home/jovyan/study/.vidgo		00000000-0000-4000-8000-000000000000/pid:[4026531836]|4242|1000|ce113c2a6a7e	1795933308.1509032	refused	12	0	\N	\N	\N	The service answered 400: The request was not understood.	1795933293.1509032	1795933293.2722464	\N	1795933293.3321462
jfrc5w6mxf	0649c448e34b324ff7b369d14ed2a1f1076a48cd8848609ceca4229bbbf9652c	0	vidgo	https://api.vidgo.ai	gpt-image-2-edit	vidgo/gpt-image-2-edit/low/1K	{"prompt": "Hang the mirror on a wall", "model": "gpt-image-2-edit", "quality": null, "size": null, "resolution": null, "references": [{"kind": "bytes", "value": "e4fbdbef7291c915ddf343b15763b9496bd35d679eb308b42f24613092f98832", "name": "mirror.png", "parent": ""}], "take": 1, "callback_url": null, "template": "", "values": []}	/home/jovyan/study/.vidgo		00000000-0000-4000-8000-000000000000/pid:[4026531836]|4242|1000|ce113c2a6a7e	1795933308.2735093	uploading	2	\N	\N	\N	\N		1795933293.2735093	\N	\N	\N
jvzc8fdu86	6dcdc3c721110e6ca4d2a71d9c87a97c344a503a040749cd6aa2b9ab6939669f	0	vidgo	https://api.vidgo.ai	gpt-image-2	vidgo/gpt-image-2/low/4K	{"prompt": "A camel in the dunes", "model": "gpt-image-2", "quality": null, "size": "16:9", "resolution": "4K", "references": [], "take": 1, "callback_url": null, "template": "", "values": []}	/home/jovyan/study/.vidgo		00000000-0000-4000-8000-000000000000/pid:[4026531836]|4242|1000|f66305b77b91	1795933309.3829622	planned	8	\N	\N	\N	\N		1795933294.3829622	1795933294.6862044	\N	\N
jd7a6ektby	4bffb493ba6e2bc30eca34982dfc10de6834893f1fc0513d9bfed53b0a44d707	0	emulator	in-kernel	gpt-image-2	emulator/gpt-image-2/low/1K	{"prompt": "A paper plane", "model": "gpt-image-2", "quality": null, "size": "16:9", "resolution": null, "references": [], "take": 1, "callback_url": null, "template": "", "values": []}	/home/jovyan/study/.vidgo		00000000-0000-4000-8000-000000000000/pid:[4026531836]|4242|1000|9f87aa1e207f	1795933313.2989025	running	2	\N	task-unified-1795933298-ijfa0js3	\N	\N		1795933298.2989025	1795933298.5771196	\N	\N
jwaits4tram	e8c059143873689e5a7f4e3e6e203a4a43839cdfdb8e8485f6266a47b5c012c2	0	vidgo	https://api.vidgo.ai	gpt-image-2-edit	vidgo/gpt-image-2-edit/high/1K	{"prompt": "Paint the tram blue", "model": "gpt-image-2-edit", "quality": "high", "size": "1:1", "resolution": "1K", "references": [{"kind": "job", "value": "jah6g7qfsw", "name": "tram", "parent": ""}], "take": 1, "callback_url": null, "template": "", "values": []}	/home/jovyan/study/.vidgo		00000000-0000-4000-8000-000000000000/pid:[4026531836]|4242|1000|ce113c2a6a7e	1795933308.141029	waiting	12	\N	\N	\N	\N		1795933294.141029	\N	\N	\N
\.


--
-- Data for Name: pauses; Type: TABLE DATA; Schema: vidgo; Owner: -
--

COPY vidgo.pauses (api, until) FROM stdin;
\.


--
-- Data for Name: schema_version; Type: TABLE DATA; Schema: vidgo; Owner: -
--

COPY vidgo.schema_version (version) FROM stdin;
4
\.


--
-- Data for Name: uploads; Type: TABLE DATA; Schema: vidgo; Owner: -
--

COPY vidgo.uploads (api, identity, url, expires_at) FROM stdin;
https://api.vidgo.ai	bytes:007e4a2121dc8cd8b3d4ec54a934928f3e7ad5792aa72a75c073d9cc54cb3b3d	https://storage.vidgo.ai/uploads/image-1.png	1796192471.340209
https://api.vidgo.ai	bytes:34e47926bde8c0720dce5c794143958292ba65417dde26aa5cf98857dfe82edd	https://storage.vidgo.ai/uploads/image-2.png	1796192471.3921437
https://api.vidgo.ai	bytes:e5c72f4516c486b5713197ba71cc7011a72f412b7a7d373756002f3efe63e0a1	https://storage.vidgo.ai/uploads/image-3.png	1796192488.6865747
https://api.vidgo.ai	pixels:ce10d5079cda66d909c2b8a348c8a2da0b141172b84f1d8f1fef487fd6d7e16a	https://storage.vidgo.ai/uploads/image-4.png	1796192489.3521008
https://api.vidgo.ai	bytes:e4fbdbef7291c915ddf343b15763b9496bd35d679eb308b42f24613092f98832		1795933383.2864406
\.


--
-- Name: allowances allowances_pkey; Type: CONSTRAINT; Schema: vidgo; Owner: -
--

ALTER TABLE ONLY vidgo.allowances
    ADD CONSTRAINT allowances_pkey PRIMARY KEY (batch, fingerprint);


--
-- Name: batches batches_pkey; Type: CONSTRAINT; Schema: vidgo; Owner: -
--

ALTER TABLE ONLY vidgo.batches
    ADD CONSTRAINT batches_pkey PRIMARY KEY (name);


--
-- Name: jobs jobs_pkey; Type: CONSTRAINT; Schema: vidgo; Owner: -
--

ALTER TABLE ONLY vidgo.jobs
    ADD CONSTRAINT jobs_pkey PRIMARY KEY (job_id);


--
-- Name: pauses pauses_pkey; Type: CONSTRAINT; Schema: vidgo; Owner: -
--

ALTER TABLE ONLY vidgo.pauses
    ADD CONSTRAINT pauses_pkey PRIMARY KEY (api);


--
-- Name: uploads uploads_pkey; Type: CONSTRAINT; Schema: vidgo; Owner: -
--

ALTER TABLE ONLY vidgo.uploads
    ADD CONSTRAINT uploads_pkey PRIMARY KEY (api, identity);


--
-- Name: events_by_job; Type: INDEX; Schema: vidgo; Owner: -
--

CREATE INDEX events_by_job ON vidgo.events USING btree (job_id);


--
-- Name: jobs_by_fingerprint; Type: INDEX; Schema: vidgo; Owner: -
--

CREATE INDEX jobs_by_fingerprint ON vidgo.jobs USING btree (fingerprint);


--
-- Name: jobs_by_kind; Type: INDEX; Schema: vidgo; Owner: -
--

CREATE INDEX jobs_by_kind ON vidgo.jobs USING btree (kind, rendered_at);


--
-- Name: one_under_way; Type: INDEX; Schema: vidgo; Owner: -
--

CREATE UNIQUE INDEX one_under_way ON vidgo.jobs USING btree (fingerprint) WHERE (state = ANY (ARRAY['planned'::text, 'waiting'::text, 'uploading'::text, 'submitting'::text, 'not_started'::text, 'running'::text, 'fetching'::text, 'uncertain'::text]));


--
-- Name: events events_job_id_fkey; Type: FK CONSTRAINT; Schema: vidgo; Owner: -
--

ALTER TABLE ONLY vidgo.events
    ADD CONSTRAINT events_job_id_fkey FOREIGN KEY (job_id) REFERENCES vidgo.jobs(job_id);


--
-- PostgreSQL database dump complete
--

\unrestrict museum

