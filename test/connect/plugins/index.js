// What tests have in the place of this module is given by them.
