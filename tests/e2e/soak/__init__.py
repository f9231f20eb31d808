"""Files change under the sensors for a long time, while what the sensors need is killed."""
