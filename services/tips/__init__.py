"""Tips from the public: anyone can report, nobody is exposed, everyone gets an answer."""
