"""What an API bills for the same requests, today and on other days, and which API to compare with."""
