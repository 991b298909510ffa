"""Each force's feed as files: a day's events per type, in CSV and Parquet, made once it is over."""
