/* Has a file open, as a scanner or a backup has: others may read and write it, and not rename or remove it. */
#include <stdio.h>
#include <stdlib.h>
#include <windows.h>

/* hold PATH MILLISECONDS READY: waits for the file for ten seconds at most, and makes the file READY once it is open. */
int main(int count, char **words) {
  HANDLE file = INVALID_HANDLE_VALUE;
  int tries;
  if (count < 4) return 2;
  for (tries = 0; tries < 10000 && file == INVALID_HANDLE_VALUE; tries++) {
    file = CreateFileA(words[1], GENERIC_READ, FILE_SHARE_READ | FILE_SHARE_WRITE, NULL, OPEN_EXISTING, 0, NULL);
    if (file == INVALID_HANDLE_VALUE) Sleep(1);
  }
  if (file == INVALID_HANDLE_VALUE) return 1;
  CloseHandle(CreateFileA(words[3], GENERIC_WRITE, 0, NULL, CREATE_ALWAYS, 0, NULL));
  Sleep(atoi(words[2]));
  return 0;
}
