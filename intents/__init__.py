"""Tell what a customer's text means, in zh-Hant and English, and why we think so."""
