"""The form: a request filled in field by field, priced while it is typed. No logic of its own about
requests, prices or jobs: it reads fields, asks the session, and shows what it says."""
