"""What a tip is and how it is handled and rewarded; standard library only, time and chance are arguments."""
