/** All tests of this folder in one bundle, so that the servers are started only once. */
import './sources';
import './faults';
import './window';
import './textRules';
import './validation';
import './databaseMarks';
import './ddl';
import './corpus';
import './otherSessions';
import './literals';
import './catalogues';
