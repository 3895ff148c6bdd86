"""The parts of the lab on the article 29 request (``grading.cases.s2_6_preservation_request``).

``facts`` draws a case from ``texts``, ``files`` writes its evidence; ``compare`` says what counts
as the same answer, ``form`` checks a whole request, ``mistakes`` names an error; ``samples``,
``request_samples`` and ``rubric`` hold right and wrong answers and how prose is marked.
"""
